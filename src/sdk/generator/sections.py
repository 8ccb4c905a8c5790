# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sections of the reference pages: functions, classes and enumerations."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

from .documentation import Documentation
from .markdown import Links, blocks, cell, code, table
from .model import Version
from .stub_names import Entry, Form
from .text import dotted, snake_case
from .view import Callable, Class, Enumeration

LINE_LENGTH = 88
# f(), /jobs, snake_case and CamelCase
CODE_IN_PROSE = re.compile(
    r"(?<![`\w./\"])(?:[\w.]+\(\)|/\w[\w/{}-]*|\w+_\w+|[A-Z]\w*[a-z][A-Z]\w*)(?![`\w])"
)


class Sections:
    """Writes the lines of a section; `links` knows the page that is being written."""

    def __init__(
        self, documentation: Documentation, links: Links, written: Mapping[str, Entry]
    ) -> None:
        self.documentation = documentation
        self.links = links
        self.written = written  # the names of the folder stub

    def callable(self, callable_: Callable) -> Iterator[str]:
        documentation, path = self.documentation, callable_.path
        entry = documentation.of(callable_)
        self.links.begin(path)
        yield f"{'###' if callable_.owner else '##'} {path}"
        yield ""
        yield from blocks(
            code(f"{path}({documentation.signature(callable_)})"),
            self.links.text(entry.get("summary", "")),
        )
        yield from self._parameters(callable_, entry.get("parameters", {}))
        yield from self._protocols(callable_)
        if callable_.annotation != "None":
            words = self.links.text(documentation.result_words(callable_))
            type_ = self._type(documentation.result_type(callable_))
            yield from blocks(f"Returns {type_}" + (f": {words}" if words else "."))
        raises = documentation.raises(callable_)
        yield from blocks(
            *(f"Raises {self.links.name(name)} {when}" for name, when in raises),
            self.links.text(entry.get("notes", "")),
            code(documentation.example(callable_)),
            _facts(callable_.since, [function.name for function in callable_.sdk]),
        )

    def _parameters(self, callable_: Callable, words: Mapping[str, str]) -> Iterator[str]:
        rows = [
            [
                f"`{p.name}`",
                cell(self._type(self.documentation.parameter_type(p))),
                cell(self.links.text(words.get(p.name, ""))),
            ]
            for p in callable_.parameters
        ]
        yield from table(["parameter", "type", "meaning"], rows)

    def _type(self, words: str) -> str:
        """`int`, or `int`, a value of an enumeration."""
        type_, _, enumeration = words.partition(", from orthanc.")
        if enumeration:
            return f"`{type_}`, of {self.links.name(enumeration)}"
        return self.links.name(words) if words.isidentifier() else f"`{words}`"

    def _protocols(self, callable_: Callable) -> Iterator[str]:
        """The functions that a script writes for this one, with their types."""
        named = [self.written.get(p.annotation) for p in callable_.parameters]
        protocols = [entry for entry in named if entry is not None and entry.is_protocol]
        yield from blocks(code("\n".join(map(_as_written, protocols))))

    def class_(self, class_: Class) -> Iterator[str]:
        self.links.begin(class_.name)
        yield f"## {class_.name}"
        yield ""
        summary = self.documentation.class_summary(class_)
        yield from blocks(
            self.links.text(summary),
            code(self.documentation.examples.get(class_.name, "")),
            _facts(class_.since, [class_.c_type]),
        )
        for method in class_.methods:
            yield from self.callable(method)

    def entry(self, entry: Entry) -> Iterator[str]:
        """A function, a class or an object that is written in Python."""
        self.links.begin(entry.path)
        yield f"## {entry.path}"
        yield ""
        yield from blocks(
            code(_declaration(entry)),
            self._prose(entry.text),
            code(self.documentation.examples.get(entry.path, "")),
        )
        yield from self._attributes(entry)
        for method in methods(entry):
            self.links.begin(method.path)
            yield from blocks(f"### {method.path}")
            yield from blocks(code(_declaration(method)), self._prose(method.text))

    def _attributes(self, entry: Entry) -> Iterator[str]:
        rows = [
            [
                f"`{one.path[len(entry.path) + 1 :] if _owns(entry, one) else one.path}`",
                f"`{cell(_public(one.signature))}`",
                cell(self._prose(one.text)),
            ]
            for one in entry.members
            if one.form is Form.ATTRIBUTE
        ]
        yield from table(["attribute", "type", "meaning"], rows)

    def _prose(self, text: str) -> str:
        return self.links.text(CODE_IN_PROSE.sub(self._as_code, text.strip()))

    def _as_code(self, match: re.Match[str]) -> str:
        """A docstring has no marks for code."""
        is_word = match[0].isidentifier() and "_" not in match[0]
        return match[0] if is_word and match[0] not in self.links.places else f"`{match[0]}`"

    def enumeration(self, enumeration: Enumeration) -> Iterator[str]:
        self.links.begin(enumeration.name)
        entry = self.documentation.enumeration(enumeration)
        words = entry.get("members", {})
        yield f"## {enumeration.name}"
        yield ""
        yield from blocks(
            self.links.text(entry.get("summary", "")),
            _facts(enumeration.since, [enumeration.source.name]),
        )
        rows = []
        for member in enumeration.members:
            meaning = cell(self.links.text(words.get(member.name, "")))
            if member.since != enumeration.since:
                meaning = f"{meaning} {self.documentation.requires(member.since)}".strip()
            rows.append([f"`{member.name}`", str(member.value), meaning])
        yield from table(["member", "value", "meaning"], rows)


def _facts(since: Version, sdk: list[str]) -> str:
    names = ", ".join(f"`{name}`" for name in sdk)
    return f"*Since Orthanc {dotted(since)}. SDK:* {names}"


def _public(signature: str) -> str:
    """A signature without the underscore of names that only the stub has."""
    return re.sub(r"\b_(?=[A-Za-z])", "", signature)


def methods(entry: Entry) -> list[Entry]:
    """The functions of an entry that have a section of their own."""
    return [one for one in entry.members if one.form is Form.FUNCTION]


def _owns(entry: Entry, member: Entry) -> bool:
    return member.path.startswith(f"{entry.path}.")


def _declaration(entry: Entry) -> str:
    """Lines of a stub; nothing for an object, which the text describes."""
    if entry.form is Form.FUNCTION:
        return "\n".join(_wrapped(_public(line)) for line in entry.signature.split("\n"))
    if entry.form is Form.CLASS and entry.signature:
        function = f"def __init__(self, {entry.signature}) -> None"
        return f"class {entry.path}:\n{textwrap.indent(_wrapped(_public(function)), '    ')}"
    return ""


def _wrapped(function: str) -> str:
    """def submit(priority: int = 0) -> str: ..., with a line for each argument if it is long."""
    function += ": ..."
    if len(function) <= LINE_LENGTH:
        return function
    head, rest = function.split("(", 1)
    arguments, result = rest.rsplit(") -> ", 1)
    lines = [f"    {argument}," for argument in _split(arguments)]
    return "\n".join([f"{head}(", *lines, f") -> {result}"])


def _split(arguments: str) -> list[str]:
    """Split at commas that are not inside of brackets."""
    found, depth = [""], 0
    for character in arguments:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [argument.strip() for argument in found]


def _as_written(entry: Entry) -> str:
    """A protocol as a script implements it: a function, or a class with several methods."""
    called = [one for one in entry.members if one.path.endswith(".__call__")]
    if called:
        name = snake_case(entry.path)
        return _wrapped(_public(called[0].signature.replace("__call__", name, 1)))
    lines = [re.sub(r"\((?=\))|\(", _with_self, one.signature, count=1) for one in methods(entry)]
    body = "\n".join(_wrapped(_public(line)) for line in lines)
    return f"class {entry.path}:\n{textwrap.indent(body, '    ')}"


def _with_self(match: re.Match[str]) -> str:
    return "(self" if match.string[match.end()] == ")" else "(self, "

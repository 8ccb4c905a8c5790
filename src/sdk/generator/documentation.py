# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words of docs.json, and the docstrings made of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import examples
from .model import Version
from .text import dotted, python_literal
from .view import Callable, Class, Enumeration, Kind, Parameter, Result

Json = Mapping[str, Any]

# Docstrings do not mention this version or older ones.
COMMON_VERSION: Version = (1, 9, 1)
WIDTH = 88

# Types that only the stub defines, in words
IN_WORDS = {
    "_Data": "bytes-like, str, pydicom.Dataset or None",
    "_Chunks": "iterable of bytes-like, file, bytes-like or str",
    "_Sink | None": "callable, file or None",
    "Buffer": "array",
}


def default_text(parameter: Parameter) -> str:
    return f"={python_literal(parameter.default)}" if parameter.optional else ""


def paragraph(text: str) -> str:
    """Wrap prose, but keep examples (indented lines) and lists as they are."""
    blocks = []
    for block in text.split("\n\n"):
        kept = any(line.startswith((" ", "* ", "- ")) for line in block.splitlines())
        blocks.append(block if kept else textwrap.fill(" ".join(block.split()), WIDTH))
    return "\n\n".join(blocks)


class Documentation:
    def __init__(self, data: Json, examples: Mapping[str, str]) -> None:
        self.data = data
        self.examples = examples  # by Callable.identifier

    def _section(self, name: str) -> Json:
        section: Json = self.data.get(name, {})
        return section

    def of(self, callable_: Callable) -> Json:
        """The entry of docs.json for the Python name, if there is one, else for the C function."""
        names = self._section("python"), self._section("functions")
        found: Json = names[0].get(callable_.path) or names[1].get(callable_.function.name, {})
        return found

    def signature(self, callable_: Callable) -> str:
        """uri, body: as help() shows it."""
        return ", ".join(p.name + default_text(p) for p in callable_.parameters)

    def text_signature(self, callable_: Callable) -> str:
        """The first line of a docstring, which CPython turns into __text_signature__."""
        start = "$self, /" if callable_.owner else "$module, /"
        signature = self.signature(callable_)
        return f"{callable_.name}({start}{', ' if signature else ''}{signature})\n--\n\n"

    def parameter_type(self, parameter: Parameter) -> str:
        if parameter.kind is Kind.ENUMERATION:
            return parameter.c_type.replace("OrthancPlugin", "int, from orthanc.")
        # a hand-written function has no kinds, but the same annotations
        return IN_WORDS.get(parameter.annotation, parameter.annotation)

    def result_type(self, callable_: Callable) -> str:
        returns = callable_.function.returns
        if callable_.result is Result.INTEGER and returns.startswith("OrthancPlugin"):
            return returns.replace("OrthancPlugin", "int, from orthanc.")
        return callable_.annotation

    def result_words(self, callable_: Callable) -> str:
        """The meaning of the result."""
        if callable_.decorates:
            if callable_.makes_decorators:
                return "the callback; without this argument, a decorator that takes it."
            return "the callback, so that the function works as a decorator."
        words: str = self.of(callable_).get("returns", "")
        return " ".join(words.split())

    def raises(self, callable_: Callable) -> list[tuple[str, str]]:
        """Exceptions and their causes, except TypeError and OverflowError for unfit arguments."""
        found = []
        reports = callable_.function.returns == "OrthancPluginErrorCode"
        if reports or callable_.result not in (
            Result.INTEGER,
            Result.OPTIONAL_TEXT,
            Result.PYTHON,
        ):
            found.append(("OrthancException", "if Orthanc reports an error."))
        kinds = {parameter.kind for parameter in callable_.parameters}
        if Kind.IMAGE_BUFFER in kinds and not callable_.hand_written:
            found.append(("ValueError", "if the buffer is shorter than pitch * height."))
        if Kind.LENGTH in kinds:
            found.append(("ValueError", "if the buffer is shorter than the size."))
        return found

    def example(self, callable_: Callable) -> str:
        return self.examples.get(callable_.identifier, "")

    def requires(self, since: Version) -> str:
        return f"Requires Orthanc {dotted(since)} or later." if since > COMMON_VERSION else ""

    def body(self, callable_: Callable) -> str:
        """The docstring without the signature."""
        entry = self.of(callable_)
        words = entry.get("parameters", {})
        blocks = [paragraph(entry.get("summary", ""))]
        lines = [
            _item(f"{p.name} ({self.parameter_type(p)})", words.get(p.name, ""))
            for p in callable_.parameters
        ]
        blocks.append(_titled("Args:", lines))
        if callable_.annotation != "None":
            words_ = self.result_words(callable_)
            blocks.append(_titled("Returns:", [_item(self.result_type(callable_), words_)]))
        raises = [f"{exception}: {when}" for exception, when in self.raises(callable_)]
        blocks.append(_titled("Raises:", raises))
        blocks.append(paragraph(entry.get("notes", "")))
        blocks.append(_titled("Example:", self.example(callable_).splitlines()))
        blocks.append(self.requires(callable_.since))
        blocks.append("SDK: " + ", ".join(function.name for function in callable_.sdk))
        return "\n\n".join(block for block in blocks if block)

    def docstring(self, callable_: Callable) -> str:
        return self.text_signature(callable_) + self.body(callable_)

    def class_summary(self, class_: Class) -> str:
        summary: str = self._section("classes").get(class_.name, "")
        return summary

    def class_docstring(self, class_: Class) -> str:
        blocks = [
            paragraph(self.class_summary(class_)),
            self.requires(class_.since),
            f"SDK: {class_.c_type}",
        ]
        return "\n\n".join(block for block in blocks if block)

    def enumeration(self, enumeration: Enumeration) -> Json:
        found: Json = self._section("enumerations").get(enumeration.name, {})
        return found

    def enumeration_docstring(self, enumeration: Enumeration) -> str:
        blocks = [
            paragraph(self.enumeration(enumeration).get("summary", "")),
            self.requires(enumeration.since),
            f"SDK: {enumeration.source.name}",
        ]
        return "\n\n".join(block for block in blocks if block)


def _item(name: str, words: str) -> str:
    if not words:
        return name
    return textwrap.fill(f"{name}: {' '.join(words.split())}", WIDTH - 4, subsequent_indent="    ")


def _titled(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f"{title}\n" + textwrap.indent("\n".join(lines), "    ")


def load(folder: Path) -> Documentation:
    """Without docs.json, docstrings have no words: types and names only."""
    path = folder / "docs.json"
    data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Documentation(data, examples.load(folder / "examples"))

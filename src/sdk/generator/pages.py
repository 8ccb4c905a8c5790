# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reference pages (Markdown): functions, callbacks, classes, enumerations, coverage."""

from __future__ import annotations

from collections.abc import Iterator

from .documentation import Documentation
from .model import Function, Model
from .text import dotted
from .view import Callable, Class, Enumeration, View

EXCEPTION = (
    "An error of Orthanc. `args` is `(code, text)`; the code is a value of `ErrorCode`, or one "
    "that `RegisterErrorCode` returned. A callback may raise it too: Orthanc then continues with "
    "that code, and answers an HTTP request with the status that belongs to it."
)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(titles: list[str], rows: list[list[str]]) -> Iterator[str]:
    if not rows:
        return
    yield "| " + " | ".join(titles) + " |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _blocks(*blocks: str) -> Iterator[str]:
    for block in blocks:
        if block:
            yield block
            yield ""


def _code(text: str) -> str:
    return f"```python\n{text}\n```" if text else ""


def _callable(callable_: Callable, documentation: Documentation) -> Iterator[str]:
    entry = documentation.of(callable_)
    words = entry.get("parameters", {})
    yield f"### {callable_.path}"
    yield ""
    yield from _blocks(
        _code(f"{callable_.path}({documentation.signature(callable_)})"), entry.get("summary", "")
    )
    yield from _table(
        ["parameter", "type", "meaning"],
        [
            [
                f"`{p.name}`",
                f"`{_cell(documentation.parameter_type(p))}`",
                _cell(words.get(p.name, "")),
            ]
            for p in callable_.parameters
        ],
    )
    if callable_.annotation != "None":
        returns = " ".join(entry.get("returns", "").split())
        type_ = f"`{documentation.result_type(callable_)}`"
        yield from _blocks(f"Returns {type_}" + (f": {returns}" if returns else "."))
    yield from _blocks(
        *(f"Raises `{name}` {when}" for name, when in documentation.raises(callable_)),
        entry.get("notes", ""),
        _code(entry.get("example", "")),
        documentation.requires(callable_.since),
        "SDK: " + ", ".join(f"`{function.name}`" for function in callable_.sdk),
    )


def _class(class_: Class, documentation: Documentation) -> Iterator[str]:
    yield f"## {class_.name}"
    yield ""
    yield from _blocks(documentation.class_docstring(class_))
    for method in class_.methods:
        yield from _callable(method, documentation)


def _enumeration(enumeration: Enumeration, documentation: Documentation) -> Iterator[str]:
    words = documentation.enumeration(enumeration).get("members", {})
    yield f"## {enumeration.name}"
    yield ""
    yield from _blocks(documentation.enumeration_docstring(enumeration))
    rows = []
    for member in enumeration.members:
        meaning = _cell(words.get(member.name, ""))
        if member.since != enumeration.since:
            meaning = " ".join([meaning, documentation.requires(member.since)]).strip()
        rows.append([f"`{member.name}`", str(member.value), meaning])
    yield from _table(["member", "value", "meaning"], rows)


def _where(function: Function, view: View) -> str:
    """What a function of the SDK is in Python, or why it is absent."""
    paths = [item.path for item in view.callables() if function in item.sdk]
    if paths:
        return ", ".join(f"`{path}`" for path in paths)
    for class_ in view.classes:
        if class_.free == function:
            return f"called when a `{class_.name}` ends"
    return view.omitted[function.name]


def _coverage(model: Model, view: View) -> Iterator[str]:
    functions = list(model.functions.values())
    there = [function for function in functions if function.name not in view.omitted]
    yield f"{len(there)} of the {len(functions)} functions of the SDK can be reached from Python."
    yield ""
    rows = [
        [f"`{function.name}`", dotted(function.since), _cell(_where(function, view))]
        for function in sorted(functions, key=lambda item: item.name)
    ]
    yield from _table(["function of the SDK", "since Orthanc", "in Python"], rows)


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", *lines]).rstrip() + "\n"


def emit(model: Model, view: View, documentation: Documentation) -> dict[str, str]:
    """The pages by their file names."""
    callbacks = [item for item in view.functions if item.hand_written and _registers(item)]
    others = [item for item in view.functions if item not in callbacks]

    def join(sections: list[Iterator[str]]) -> Iterator[str]:
        for section in sections:
            yield from section

    def callables(items: list[Callable]) -> Iterator[str]:
        return join([_callable(item, documentation) for item in items])

    return {
        "functions.md": _page("Functions", callables(others)),
        "callbacks.md": _page("Callbacks", callables(callbacks)),
        "classes.md": _page(
            "Classes",
            join(
                [
                    _blocks("## OrthancException", EXCEPTION),
                    *(_class(class_, documentation) for class_ in view.classes),
                ]
            ),
        ),
        "enumerations.md": _page(
            "Enumerations", join([_enumeration(e, documentation) for e in view.enumerations])
        ),
        "coverage.md": _page("Coverage of the SDK", _coverage(model, view)),
    }


def _registers(callable_: Callable) -> bool:
    return callable_.name.startswith("Register")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The messages of the plugin, of the runtime and of the doctor, collected from their sources.

"…" stands for a value that the code inserts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .pages import ROOT

GAP = "…"
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
COMMENT = re.compile(rf"({LITERAL})|//[^\n]*")
SPEAKS = re.compile(
    r"\b(logError|logWarning|messages\.push_back|reject|inPython|raise\w*|throw \w+Error)\("
)
REASON = re.compile(rf"\b(?:return|text <<) ((?:{LITERAL}|[^;\"])+);")
FORMAT = re.compile(r"%[-.\d]*(?:ll|z)?[a-zA-Z]")

# Functions whose argument at this position is a message
ARGUMENTS = {"check": 2, "warn": 1, "Problem": 0, "_Unusable": 0, "log": 3, "LogWarning": 0}
SHORTEST = 9  # letters: shorter ones are parts of other messages


@dataclass(frozen=True)
class Message:
    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


def of_plugin(*places: str) -> list[Message]:
    """Errors, warnings and exceptions in the C++ sources: files or folders of src/plugin."""
    return [
        Message(path.relative_to(ROOT).as_posix(), text)
        for place in places
        for path in _files(ROOT / "src" / "plugin" / place, "*.[ch]pp")
        for text in _of_cpp(path.read_text(encoding="utf-8"), "discovery" in path.parts)
        if _is_sentence(text)
    ]


def of_package(*places: str) -> list[Message]:
    """Exceptions, findings and refusals in the Python sources: files or folders of src."""
    return [
        Message(path.relative_to(ROOT).as_posix(), text)
        for place in places
        for path in _files(ROOT / "src" / place, "*.py")
        for text in _of_python(ast.parse(path.read_text(encoding="utf-8")))
        if _is_sentence(text)
    ]


def _files(place: Path, pattern: str) -> list[Path]:
    assert place.exists(), place
    return sorted(place.rglob(pattern)) if place.is_dir() else [place]


def _is_sentence(text: str) -> bool:
    return len(re.sub(r"[^a-zA-Z]", "", text)) >= SHORTEST


def _of_cpp(text: str, with_returns: bool) -> Iterator[str]:
    text = COMMENT.sub(lambda match: match[1] or "", text)
    for match in SPEAKS.finditer(text):
        arguments = _arguments(text, match.end())
        if match[1].startswith("raise"):  # a format, then its values
            formats = re.search(rf"{LITERAL}(?:\s*{LITERAL})*", arguments)
            yield FORMAT.sub(GAP, _joined(formats[0])) if formats else ""
        else:
            yield _joined(arguments)
    for match in REASON.finditer(text) if with_returns else ():  # reasons of rejections
        yield _joined(match[1])


def _arguments(text: str, start: int) -> str:
    """The text up to the parenthesis that closes the call."""
    depth = 1
    for token in re.finditer(rf"{LITERAL}|[()]", text[start:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return text[start : start + token.start()]
    raise ValueError(f"no end: {text[start : start + 80]}")


def _joined(expression: str) -> str:
    """The literals of an expression; other parts of it are gaps."""
    parts = re.split(rf"({LITERAL})", expression)
    pieces = [
        ast.literal_eval(part) if index % 2 else GAP if part.strip() else ""
        for index, part in enumerate(parts)
    ]
    return "".join(pieces)


def _of_python(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args[:2]:
                yield from _texts(argument)
        elif isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "found":
            yield from _texts(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name in ("refusal", "report", "start"):
            returns = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
            for each in returns:
                yield from _texts(each.value) if each.value is not None else ()


def _of_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func).rpartition(".")[2]
    position = ARGUMENTS.get(name)
    if position is None or len(node.args) <= position:
        return
    # the report shows the name of the check before it
    check = f"{_text(node.args[0])}: " if name in ("check", "warn") else ""
    yield from (f"{check}{text}" for text in _texts(node.args[position]))


def _texts(node: ast.expr) -> Iterator[str]:
    """The text, or both texts of a conditional expression."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    else:
        yield _text(node)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else GAP
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.List) and len(node.elts) == 1:
        return _text(node.elts[0])
    return GAP

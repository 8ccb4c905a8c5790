# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The functions, classes and objects that only the stub describes, for the reference pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class Form(Enum):
    """How the pages show an entry."""

    FUNCTION = "function"
    CLASS = "class"
    OBJECT = "object"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True)
class Entry:
    """A name that is written in Python, with its docstring."""

    path: str  # route, or BaseJob.submit
    form: Form
    # "def f(x: int) -> int" for a function, with a line for each overload; the arguments of a
    # class; the type of an attribute
    signature: str = ""
    text: str = ""
    members: tuple[Entry, ...] = ()
    is_protocol: bool = False  # of a callback: scripts write it


def read(text: str, known: Collection[str] = ()) -> dict[str, Entry]:
    """The entries of a stub, without the known names.

    An object has the members of its private class.
    """
    return _Reader(text, known).read()


class _Reader:
    def __init__(self, text: str, known: Collection[str]) -> None:
        self.text = text
        self.known = known
        self.lines = text.splitlines()
        self.entries: dict[str, Entry] = {}

    def read(self) -> dict[str, Entry]:
        body = ast.parse(self.text).body
        for index, node in enumerate(body):
            if getattr(node, "name", "") in self.known:
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._add_function(self._function(node, ""))
            elif isinstance(node, ast.ClassDef):
                self.entries[node.name] = self._class(node)
            elif isinstance(node, ast.AnnAssign) and self._source(node.annotation)[:6] == "Final[":
                entry = self._object(node, _string_after(body, index))
                self.entries[entry.path] = entry
        public = {name: one for name, one in self.entries.items() if not name.startswith("_")}
        return {name: self._with_results(entry) for name, entry in public.items()}

    def _source(self, node: ast.AST | None) -> str:
        """The text of a node, in one line. (ast.get_source_segment is slow for a long text.)"""
        if not isinstance(node, (ast.expr, ast.stmt)) or node.end_lineno is None:
            return ""
        lines = [line.encode() for line in self.lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b" ".join(lines).decode().split())

    def _add_function(self, entry: Entry) -> None:
        """Overloads of a function are one entry."""
        first = self.entries.get(entry.path)
        if first is not None:
            signature = f"{first.signature}\n{entry.signature}"
            entry = replace(first, signature=signature, text=first.text or entry.text)
        self.entries[entry.path] = entry

    def _function(self, node: Function, owner: str) -> Entry:
        path = f"{owner}.{node.name}" if owner else node.name
        text = ast.get_docstring(node) or ""
        if any(self._source(mark) == "property" for mark in node.decorator_list):
            return Entry(path, Form.ATTRIBUTE, self._source(node.returns), text)
        body = node.body[0]
        lines = [*self.lines[node.lineno - 1 : body.lineno - 1]]
        lines.append(self.lines[body.lineno - 1].encode()[: body.col_offset].decode())
        written = " ".join(" ".join(lines).split()).rstrip(": ")
        written = written.replace("( ", "(").replace(", )", ")")
        return Entry(path, Form.FUNCTION, re.sub(r"\((self|cls)(, |(?=\)))", "(", written), text)

    def _class(self, node: ast.ClassDef) -> Entry:
        members = tuple(self._members(node))
        made = [one for one in members if one.path == f"{node.name}.__init__"]
        arguments = made[0].signature.partition("(")[2].rpartition(")")[0] if made else ""
        texts = [ast.get_docstring(node), *(one.text for one in made)]
        return Entry(
            node.name,
            Form.CLASS,
            arguments,
            "\n\n".join(text for text in texts if text),
            tuple(one for one in members if _is_documented(one)),
            any(self._source(base) == "Protocol" for base in node.bases),
        )

    def _members(self, node: ast.ClassDef) -> Iterator[Entry]:
        for index, item in enumerate(node.body):
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield self._function(item, node.name)
            elif isinstance(item, ast.AnnAssign):
                path = f"{node.name}.{self._source(item.target)}"
                type_ = re.sub(
                    r"^(?:ClassVar|Final)\[(.*)\]$", r"\1", self._source(item.annotation)
                )
                yield Entry(path, Form.ATTRIBUTE, type_, _string_after(node.body, index))

    def _object(self, node: ast.AnnAssign, text: str) -> Entry:
        name, type_ = self._source(node.target), self._source(node.annotation)[6:-1]
        class_ = self.entries.get(type_, Entry(type_, Form.CLASS))
        members = _renamed(class_.members, type_, name)
        return Entry(name, Form.OBJECT, type_, class_.text or text, members)

    def _with_results(self, entry: Entry) -> Entry:
        """With the members of the private classes of its attributes and results."""
        members = entry.members
        found = [re.search(r"(?:^|-> )(_\w+)$", one.signature) for one in (entry, *members)]
        for name in dict.fromkeys(match[1] for match in found if match is not None):
            class_ = self.entries.get(name)
            if class_ is not None and name != entry.signature:  # an object has them already
                members += _renamed(class_.members, name, name.lstrip("_"))
        return replace(entry, members=members)


def _renamed(members: tuple[Entry, ...], old: str, new: str) -> tuple[Entry, ...]:
    return tuple(replace(one, path=new + one.path[len(old) :]) for one in members)


def _is_documented(entry: Entry) -> bool:
    name = entry.path.rpartition(".")[2]
    return name == "__call__" or (
        not name.startswith("_") and (bool(entry.text) or entry.form is Form.ATTRIBUTE)
    )


def _string_after(body: list[ast.stmt], index: int) -> str:
    """The string below an assignment, which documents it."""
    following = body[index + 1] if index + 1 < len(body) else None
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        return str(following.value.value)
    return ""

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples of the folder `examples`, by the names of their functions."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from pathlib import Path


def load(folder: Path) -> Mapping[str, str]:
    """The bodies of all functions; Image_DrawText is the example of Image.DrawText."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                # A decorator of the first statement is part of the example.
                first = min(_first_line(statement) for statement in node.body)
                body = "\n".join(lines[first - 1 : node.end_lineno])
                found[node.name] = textwrap.dedent(body)
    return found


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])

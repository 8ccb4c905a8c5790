# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The modules of the Python runtime depend on each other in one direction."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

RUNTIME = Path(__file__).parents[2] / "src" / "orthanc_runtime"
MODULES = {path.stem: path for path in RUNTIME.glob("*.py") if path.stem != "__init__"}


def imports(path: Path) -> set[str]:
    """The modules of the runtime that a module imports, also inside of functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found.update([node.module] if node.module else [alias.name for alias in node.names])
    return found & MODULES.keys()


def test_no_two_modules_need_each_other() -> None:
    graph = {name: imports(path) for name, path in MODULES.items()}
    assert "errors" in graph["enumerations"]
    TopologicalSorter(graph).prepare()  # raises CycleError

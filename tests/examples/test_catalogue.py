# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples as a whole: names, headers and index."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from .conftest import EXAMPLES

SOURCES = sorted(EXAMPLES.glob("*.py"))
HELPER = re.compile(r"_(worker|server)\.py$")
SCRIPTS = [path for path in SOURCES if not HELPER.search(path.name)]
README = (EXAMPLES / "README.md").read_text(encoding="utf-8")


def each(paths: list[Path]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


def test_readme_lists_all_examples() -> None:
    listed = set(re.findall(r"\]\((\S+\.(?:py|js))\)", README))
    assert listed == {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".js")}


@each(SCRIPTS)
def test_first_lines_say_how_to_run_it(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert f"orthanc-python run examples/{path.name}" in text


@each(SOURCES)
def test_name_hides_no_module(path: Path) -> None:
    """The folder of the script comes first on sys.path, so its files hide other modules."""
    assert path.stem not in sys.stdlib_module_names
    assert path.stem not in packages_distributions()
    assert path.stem != "orthanc"


# orthanc.WorkerPool brings `orthanc` to the workers of Dask
@each([path for path in SOURCES if HELPER.search(path.name) and "dask" not in path.name])
def test_helper_does_without_orthanc(path: Path) -> None:
    assert "orthanc" not in imported(path)


@each(SOURCES)
def test_readme_names_the_packages_to_install(path: Path) -> None:
    row = next(line for line in README.splitlines() if f"({path.name})" in line)
    needs = row.split("|")[3]
    own = {source.stem for source in SOURCES} | {"orthanc"}
    outside = imported(path) - own - set(sys.stdlib_module_names)
    distributions = packages_distributions()
    for module in outside:
        assert find_spec(module), f"{module} is not installed"
        names = {name.lower() for name in distributions[module]}
        assert names & set(needs.lower().replace(",", " ").split()), f"{module} in {row}"


@each(SCRIPTS)
def test_is_tested(path: Path) -> None:
    tests = Path(__file__).parent.glob("test_*.py")
    assert any(f'"{path.name}"' in test.read_text(encoding="utf-8") for test in tests)


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - {"__future__"}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Pythons that smoke.py and libraries.py test artifacts with."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
import smoke
from pipeline import interpreters, project
from pipeline.interpreters import NoSuchPython, interpreter, with_shared_library
from pipeline.matrix_file import Matrix

LINUX = "manylinux_2_28_x86_64"


@pytest.fixture
def run(
    full: Matrix,
    make_dist: Callable[[Matrix], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, list[tuple[str, str]]]]:
    """Runs the command with Pythons that exist in name only; returns its code and the tests."""
    dist = make_dist(full)

    def command(*arguments: str, missing: str = "") -> tuple[int, list[tuple[str, str]]]:
        tested = []

        def find(source: str, version: str, platform: str) -> str:
            if version == missing:
                raise NoSuchPython(f"{source} has no Python {version}")
            return version

        def record(path: Path, options: list[str]) -> bool:
            tested.append((path.name, options[1]))
            return True

        monkeypatch.setattr(smoke, "interpreter", find)
        monkeypatch.setattr(smoke, "smoke", record)
        line = ["smoke.py", "--dist", str(dist), "--platform", LINUX, *arguments]
        monkeypatch.setattr(sys, "argv", line)
        return smoke.main(), tested

    return command


def test_the_library_for_every_python_meets_the_oldest_and_newest_of_the_row(
    run: Callable[..., tuple[int, list[tuple[str, str]]]],
) -> None:
    code, tested = run("--python", "any,cp311,cp312,cp314", "--source", "homebrew")
    assert code == 0
    assert [version for name, version in tested if "-py3-none-" in name] == ["3.11", "3.14"]
    assert [version for name, version in tested if "Python3.12" in name] == ["3.12"]


def test_a_missing_python_fails_its_row_alone(
    run: Callable[..., tuple[int, list[tuple[str, str]]]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, tested = run("--python", "any,cp311,cp314", "--source", "homebrew", missing="3.11")
    assert code == 1
    assert {version for _, version in tested} == {"3.14"}
    error = capsys.readouterr().err
    assert f"FAILED cp311-{LINUX} with Python 3.11: homebrew has no Python 3.11" in error


def test_the_next_python_may_be_missing(
    full: Matrix, run: Callable[..., tuple[int, list[tuple[str, str]]]]
) -> None:
    coming = f"3.{max(one.minor for one in full.pythons) + 1}"
    assert run("--python", "any", "--next", missing=coming) == (0, [])


@pytest.mark.parametrize("source", ["uv", "homebrew", "path"])
def test_a_source_that_is_not_installed_is_named(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program = {"uv": "uv is not installed", "homebrew": "brew is not installed"}
    with pytest.raises(NoSuchPython, match=program.get(source, r"python3\.13 is not on PATH")):
        interpreter(source, "3.13", LINUX)


@pytest.mark.parametrize(
    ("system", "variables", "own"),
    [
        ("linux", {"Py_ENABLE_SHARED": 1}, True),
        ("linux", {"Py_ENABLE_SHARED": 0, "PYTHONFRAMEWORK": ""}, False),
        ("darwin", {"Py_ENABLE_SHARED": 0, "PYTHONFRAMEWORK": "Python"}, True),
        ("win32", {}, True),
    ],
)
def test_a_static_python_is_replaced(
    system: str, variables: dict[str, object], own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Pythons of manylinux have no shared library."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(sysconfig, "get_config_var", variables.get)
    monkeypatch.setattr(interpreters, "interpreter", lambda *wanted: " ".join(wanted))
    python = with_shared_library("3.14t", "manylinux_2_28_x86_64")
    assert python == (sys.executable if own else "uv 3.14t manylinux_2_28_x86_64")


def test_the_command_of_cibuildwheel_names_a_program() -> None:
    settings = project.read_toml(project.ROOT / "pyproject.toml")["tool"]["cibuildwheel"]
    for table in (settings, settings["linux"]):
        program = table["test-command"].split()[1].replace("{project}", str(project.ROOT))
        assert Path(program).is_file()

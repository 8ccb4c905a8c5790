# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every program that the workflows run on Windows, in a CPython for Windows under Wine.

Wine has neither a network nor a compiler: a program that needs one must say so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_orthanc import ROOT
from tests.windows.binaries import Binaries
from tests.windows.pythons import WindowsPython, packages_for
from tests.windows.wine import Wine

sys.path.insert(0, str(ROOT / "packaging"))

from pipeline import names, project
from pipeline.matrix_file import load
from rehearsal import workflow

from tests.packaging.conftest import make_wheel

PYTHON = "3.13-x64"
PLATFORM = load().platform("win_amd64")
FILES = ("pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE")
FOLDERS = ("packaging", "src", "cmake", "tests")

# The program, its arguments, the exit code and a part of the output
RUNS = [
    ("-m cibuildwheel", ["{checkout}", "--print-build-identifiers"], 0, "cp315t-win_amd64"),
    ("packaging/check.py", ["--platform", "win_amd64"], 0, ""),
    ("packaging/check.py", ["--platform", "win32"], 1, "is missing in"),
    ("packaging/libraries.py", ["{wheel}"], 1, "The build needs a C++17 compiler: on Windows"),
    (
        "packaging/smoke.py",
        ["--platform", "win_amd64", "--python", "any,cp313"],
        1,
        "Python 3.13: uv is not installed",
    ),
    (
        "packaging/unpack_debug_python.py",
        ["{checkout}\\new"],
        1,
        "Cannot download https://www.python.org",
    ),
    (
        "packaging/visual_studio.py",
        ["--root", "{root}"],
        1,
        "could not find any instance of Visual Studio",
    ),
    ("tests/fake_orthanc/load.py", ["{library}", "--fake-orthanc", "{fake}"], 0, ": ok"),
    ("tests/fake_orthanc/load.py", ["{library}"], 1, "compiler: on Windows, Visual Studio"),
    ("tests/smoke", ["{library}", "--orthanc", "{checkout}\\none.exe"], 2, "none.exe"),
]


class Checkout:
    """The sources and built files in the Windows of the tests, and a Python that runs them."""

    def __init__(self, wine: Wine, python: WindowsPython, binaries: Binaries) -> None:
        self.wine = wine
        self.folder = wine.folder / "checkout"
        self.python = wine.path(python.executable)
        self.folder.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        for name in FILES:
            shutil.copy(ROOT / name, self.folder / name)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.folder / name, ignore=ignored)
        wheelhouse = self.folder / "wheelhouse"
        wheelhouse.mkdir()
        content, version = binaries.plugin.read_bytes(), project.version()
        for artifact in load().artifacts(platforms=[PLATFORM.tag]):
            (wheelhouse / names.library(artifact, version)).write_bytes(content)
        wheel = make_wheel(wheelhouse, PLATFORM, content, version)
        fake = Path(shutil.copy(binaries.fake_orthanc, self.folder))
        self.places = {
            "checkout": wine.path(self.folder),
            "wheel": wine.path(wheel),
            "library": wine.path(wheelhouse / names.universal_library(PLATFORM, version)),
            "fake": wine.path(fake),
            "root": wine.path(python.folder),
        }
        self.packages = packages_for(python, wine.root, "packaging", "--group", "packaging")

    def run(self, program: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        given = [text.format(**self.places) for text in arguments]
        named = program if program.startswith("-m ") else f"{self.places['checkout']}/{program}"
        command = named.split(" ") if program.startswith("-m ") else [named.replace("/", "\\")]
        environment = {
            "PYTHONPATH": self.wine.path(self.packages),
            "WINEPATH": self.wine.path(self.packages / "cmake" / "data" / "bin"),
            "PIP_NO_INDEX": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        line = [self.python, *command, *given]
        return self.wine.run(line, env=environment, check=False, timeout=600)


@pytest.fixture(scope="module")
def checkout(
    wine: Wine,
    python_for: Callable[[str], WindowsPython],
    binaries_for: Callable[[str], Binaries],
) -> Checkout:
    return Checkout(wine, python_for(PYTHON), binaries_for("x64"))


def on_windows(job: dict[str, Any]) -> bool:
    """Whether a row of the job's matrix can be a machine with Windows."""
    runner = str(job["runs-on"])
    if runner.startswith("${{"):
        matrix = str(job["strategy"]["matrix"])
        return "windows-" in matrix or "fromJSON" in matrix  # from packaging/matrix.toml
    return runner.startswith("windows")


def programs() -> Iterator[str]:
    """The Python programs of the workflows' steps that run on Windows."""
    for name in ("release.yml", "ci.yml", "weekly.yml"):
        for _, job, step in workflow.all_steps(name):
            if on_windows(job):
                yield from re.findall(r"python (-m \w+|\S+\.py)", step.get("run", ""))
    test = project.read_toml(ROOT / "pyproject.toml")["tool"]["cibuildwheel"]["test-command"]
    yield from re.findall(r"python \{project\}/(\S+\.py)", test)


def test_every_program_is_tried() -> None:
    tried = {program for program, *_ in RUNS}
    assert set(programs()) - {"-m pip", "noxfile.py"} <= tried


@pytest.mark.parametrize(
    ("program", "arguments", "code", "text"), RUNS, ids=[f"{run[0]} {run[1][-1]}" for run in RUNS]
)
def test_it_works_or_names_what_it_needs(
    checkout: Checkout, program: str, arguments: list[str], code: int, text: str
) -> None:
    done = checkout.run(program, arguments)
    assert done.returncode == code, done.stdout
    assert text in done.stdout
    if code != 0:
        assert "Traceback" not in done.stdout

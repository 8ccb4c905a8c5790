# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Discovery on macOS, with folder trees like those of its Pythons."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.native import SOURCES, compile_program

TREE = Path(__file__).with_name("trees") / "macos.txt"
FRAMEWORK = "Python.framework/Versions/3.13/Python"
NONE = Path("/nonexistent")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ["abi", "candidates", "candidates_macos", "candidates_unix", "layout_unix"]
    names += ["libpython_unix", "virtual_env"]
    sources = [SOURCES / "discovery" / f"{name}.cpp" for name in names]
    names = ["binary_format", "files_unix", "shared_library_unix"]
    sources += [SOURCES / "platform" / f"{name}.cpp" for name in names]
    main = Path(__file__).with_name("macos_main.cpp")
    return compile_program(main, sources, tmp_path_factory)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("macos")
    for line in TREE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("/"):
            continue
        name, _, target = line.partition(" -> ")
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(target)
        elif name.endswith("/"):
            path.mkdir()
        else:
            path.touch(mode=0o755)
    return root


class Machine:
    def __init__(self, program: Path, root: Path) -> None:
        self.program, self.root = program, root

    def ask(self, *words: object) -> list[Any]:
        command = [str(self.program), *map(str, words)]
        answer: list[Any] = json.loads(subprocess.check_output(command, text=True))
        return answer

    def places(
        self,
        minor: int = 0,
        free_threaded: bool = False,
        *,
        home: str = "/Users/ada",
        uv: Path | str = "",
        pyenv: Path | str = "",
    ) -> list[tuple[str, str]]:
        user = f"{self.root}{home}" if home else ""
        found = self.ask("places", self.root, user, uv, pyenv, minor, int(free_threaded))
        for _, path in found:
            assert Path(path).is_file(), path
        return [(source, path[len(str(self.root)) :]) for source, path in found]

    def library(
        self, soname: str, framework: str, base: str, minor: int, free_threaded: bool = False
    ) -> str | None:
        """The first of the proposed libraries that exists."""
        prefix = f"{self.root}{framework}" if framework else ""
        paths = self.ask(
            "libraries", soname, prefix, f"{self.root}{base}", NONE, minor, int(free_threaded)
        )
        existing = [str(path) for path in paths if Path(str(path)).is_file()]
        return existing[0][len(str(self.root)) :] if existing else None


@pytest.fixture
def machine(program: Path, tree: Path) -> Machine:
    return Machine(program, tree)


def test_each_known_location_is_found_and_nothing_else(machine: Machine) -> None:
    home = "/Users/ada"
    tools = "/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework"
    uv = f"{home}/.local/share/uv/python"
    frameworks = "/Library/Frameworks"
    assert machine.places() == [
        ("Homebrew", "/opt/homebrew/opt/python-freethreading/bin/python3.14t"),
        ("Homebrew", "/opt/homebrew/opt/python@3.13/bin/python3.13"),
        ("Homebrew", "/opt/homebrew/opt/python@3.12/bin/python3.12"),
        ("Homebrew", "/usr/local/opt/python@3.11/bin/python3.11"),
        ("python.org", f"{frameworks}/Python.framework/Versions/3.13/bin/python3.13"),
        ("python.org", f"{frameworks}/PythonT.framework/Versions/3.13/bin/python3.13t"),
        ("python.org", f"{frameworks}/Python.framework/Versions/3.9/bin/python3.9"),
        ("uv", f"{uv}/cpython-3.14.0+freethreaded-macos-aarch64-none/bin/python3.14t"),
        ("uv", f"{uv}/cpython-3.10.18-macos-aarch64-none/bin/python3.10"),
        ("pyenv", f"{home}/.pyenv/versions/3.12.1/bin/python3.12"),
        ("pyenv", f"{home}/.pyenv/versions/3.11.9/bin/python3.11"),
        ("Command Line Tools", f"{tools}/Versions/3.9/bin/python3.9"),
    ]


def test_only_the_wanted_version_is_found(machine: Machine) -> None:
    assert machine.places(11) == [
        ("Homebrew", "/usr/local/opt/python@3.11/bin/python3.11"),
        ("pyenv", "/Users/ada/.pyenv/versions/3.11.9/bin/python3.11"),
    ]
    assert machine.places(8) == []


def test_only_the_wanted_build_is_found(machine: Machine) -> None:
    found = machine.places(13, free_threaded=True)
    assert found == [
        ("python.org", "/Library/Frameworks/PythonT.framework/Versions/3.13/bin/python3.13t")
    ]


def test_a_service_without_home(machine: Machine) -> None:
    sources = {source for source, _ in machine.places(home="")}
    assert sources == {"Homebrew", "python.org", "Command Line Tools"}


def test_folders_named_by_the_environment(machine: Machine) -> None:
    uv = machine.root / "Users/ada/.local/share/uv/python"
    pyenv = machine.root / "Users/ada/.pyenv"
    sources = [source for source, _ in machine.places(home="", uv=uv, pyenv=pyenv)]
    assert (sources.count("uv"), sources.count("pyenv")) == (2, 2)
    assert not [source for source, _ in machine.places(uv=NONE, pyenv=NONE) if source == "uv"]


@pytest.mark.parametrize(
    ("soname", "framework", "base", "minor", "free_threaded", "expected"),
    [
        pytest.param(
            FRAMEWORK,
            "/opt/homebrew/opt/python@3.13/Frameworks",
            "/opt/homebrew/opt/python@3.13/Frameworks/Python.framework/Versions/3.13",
            13,
            False,
            "/opt/homebrew/opt/python@3.13/Frameworks/" + FRAMEWORK,
            id="Homebrew",
        ),
        pytest.param(
            FRAMEWORK.replace("13", "12"),
            "/moved/away",
            "/opt/homebrew/opt/python@3.12/Frameworks/Python.framework/Versions/3.12",
            12,
            False,
            "/opt/homebrew/opt/python@3.12/Frameworks/Python.framework/Versions/3.12/Python",
            id="a framework that was moved",
        ),
        pytest.param(
            "PythonT.framework/Versions/3.13/PythonT",
            "/Library/Frameworks",
            "/Library/Frameworks/PythonT.framework/Versions/3.13",
            13,
            True,
            "/Library/Frameworks/PythonT.framework/Versions/3.13/PythonT",
            id="python.org, free-threaded",
        ),
        pytest.param(
            "",
            "",
            "/Users/ada/.local/share/uv/python/cpython-3.14.0+freethreaded-macos-aarch64-none",
            14,
            True,
            "/Users/ada/.local/share/uv/python/cpython-3.14.0+freethreaded-macos-aarch64-none"
            "/lib/libpython3.14t.dylib",
            id="uv, free-threaded",
        ),
        pytest.param(
            "libpython3.11.dylib",
            "",
            "/Users/ada/.pyenv/versions/3.11.9",
            11,
            False,
            "/Users/ada/.pyenv/versions/3.11.9/lib/libpython3.11.dylib",
            id="pyenv with --enable-shared",
        ),
        pytest.param(
            "Python3.framework/Versions/3.9/Python3",
            "",
            "/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions/3.9",
            9,
            False,
            "/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions/3.9"
            "/Python3",
            id="Command Line Tools",
        ),
        pytest.param("", "", "/Users/ada/.pyenv/versions/2.7.18", 11, False, None, id="none"),
    ],
)
def test_library_of_each_kind_of_installation_is_found(
    machine: Machine,
    soname: str,
    framework: str,
    base: str,
    minor: int,
    free_threaded: bool,
    expected: str | None,
) -> None:
    assert machine.library(soname, framework, base, minor, free_threaded) == expected


@pytest.mark.parametrize(
    ("plugin", "environment"),
    [
        ("/Users/ada/venv/lib/python3.13/site-packages/orthanc_python", "/Users/ada/venv"),
        ("/opt/homebrew/share/orthanc/plugins", "/Users/ada/venv"),
        ("/Users/ada/old/lib/python3.8/site-packages/orthanc_python", "/Users/ada/old"),
    ],
)
def test_environment_that_contains_the_plugin_is_found(
    machine: Machine, plugin: str, environment: str
) -> None:
    answer = machine.ask("environment", f"{machine.root}{plugin}/libOrthancPython.dylib")
    home = f"{machine.root}{environment}"
    assert answer == [home, f"{home}/bin/python3"]

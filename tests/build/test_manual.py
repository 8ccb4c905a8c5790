# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The invocations of CMake that docs/building.md prints; those for Windows are in tests/windows."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from tests.build.test_cmake import ENTRY_POINTS, ROOT, SCRIPT, WITH_HEADERS, exported, needed
from tests.support import commands
from tests.support.host import program
from tests.support.pythons import Python, include_folder
from tests.support.servers import Servers

SOURCES = ("CMakeLists.txt", "pyproject.toml", "cmake", "src")


def run(folder: Path, *command: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return commands.run(command, cwd=folder).stdout


@pytest.fixture(scope="module")
def python() -> Python:
    return WITH_HEADERS[-1]


def test_linux(python: Python, tmp_path: Path, orthanc: Servers) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in SOURCES:
        (sources / name).symlink_to(ROOT / name)
    options = [f"-DPYTHON_VERSION={python.minor}", "-DSTATIC_BUILD=ON"]
    run(sources / "Build", "cmake", "..", *options, "-DCMAKE_BUILD_TYPE=Release")
    run(sources / "Build", str(program("make", "make")), "-j2")
    library = sources / "Build" / "OrthancPython.so"
    assert exported(library) == ENTRY_POINTS
    assert not [name for name in needed(library) if name.startswith(("libstdc++", "libgcc"))]
    config = {"Python": {"Executable": str(python.executable)}}
    server = orthanc(SCRIPT, plugin=library, config=config)
    assert server.get("/version").text == ".".join(map(str, python.version))


def test_macos(python: Python, tmp_path: Path) -> None:
    """Both paths are given, as for a Python of Homebrew."""
    options = [f"-DPYTHON_LIBRARY={python.library}"]
    options += [f"-DPYTHON_INCLUDE_DIR={include_folder(python)}/"]
    options += [f"-DPYTHON_VERSION={python.minor}", "-DSTATIC_BUILD=ON"]
    text = run(tmp_path, "cmake", str(ROOT), *options, "-DCMAKE_BUILD_TYPE=Release")
    assert f"The plugin is for CPython {python.minor} ({include_folder(python)}" in text


def test_the_same_library_wherever_it_is_built(tmp_path: Path) -> None:
    digests = set()
    for place in ("one", "another/place"):
        sources = tmp_path / place
        sources.mkdir(parents=True)
        for name in SOURCES:
            original = ROOT / name
            copy = shutil.copytree if original.is_dir() else shutil.copy
            copy(original, sources / name)
        command = ["cmake", "-S", ".", "-B", f"build-{place[:1]}", "-G", "Ninja"]
        python = f"-DPython3_EXECUTABLE={sys.executable}"
        # without ccache, which would hand the first one out again
        options = [python, "-DPYTHON_VERSION=any", "-DCCACHE=", "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -g"]
        run(sources, *command, *options)
        run(sources, "cmake", "--build", f"build-{place[:1]}")
        library = sources / f"build-{place[:1]}" / "OrthancPython.so"
        digests.add(hashlib.sha256(library.read_bytes()).hexdigest())
    assert len(digests) == 1

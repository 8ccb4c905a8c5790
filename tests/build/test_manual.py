# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The invocations in docs/how-to/building.md work; tests/windows tests those for Windows."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.build.test_cmake import ENTRY_POINTS, ROOT, SCRIPT, WITH_HEADERS, exported, needed
from tests.support import commands
from tests.support.machine_packages import program
from tests.support.pythons import Python, include_folder
from tests.support.servers import Servers

SOURCES = ("CMakeLists.txt", "pyproject.toml", "cmake", "src")


def run(folder: Path, *command: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return commands.run(command, cwd=folder).stdout


@pytest.fixture(scope="module")
def python() -> Python:
    return WITH_HEADERS[-1]


def invocations(system: str, replaced: Mapping[str, object]) -> list[list[str]]:
    """The commands below the name of an operating system, changed to use another Python."""
    page = (ROOT / "docs" / "how-to" / "building.md").read_text(encoding="utf-8")
    block = page.partition(f"**{system}**")[2].split("```")[1].replace("\\\n", "")
    for old, new in replaced.items():
        assert old in block, old
        block = block.replace(old, str(new))
    return [shlex.split(line) for line in block.strip().splitlines()]


def test_linux(python: Python, tmp_path: Path, orthanc: Servers) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in SOURCES:
        (sources / name).symlink_to(ROOT / name)
    configure, make = invocations("Linux", {"3.13": python.minor})
    assert "-DSTATIC_BUILD=ON" in configure and make == ["make"]
    run(sources / "Build", *configure)
    run(sources / "Build", str(program("make", "make")), "-j2")
    library = sources / "Build" / "libOrthancPython.so"
    assert exported(library) == ENTRY_POINTS
    assert not [name for name in needed(library) if name.startswith(("libstdc++", "libgcc"))]
    config = {"Python": {"Executable": str(python.executable)}}
    server = orthanc(SCRIPT, plugin=library, config=config)
    assert server.get("/version").text == ".".join(map(str, python.version))


def test_macos(python: Python, tmp_path: Path) -> None:
    """Both paths are given, as for a Python of Homebrew."""
    here = {
        "$P/lib/libpython3.13.dylib": python.library,
        "$P/include/python3.13": include_folder(python),
        "cmake ..": f"cmake {ROOT}",
        "3.13": python.minor,
    }
    _, configure, _ = invocations("macOS", here)
    text = run(tmp_path, *configure)
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
        # without ccache, which would return the first result again
        options = [python, "-DPYTHON_VERSION=any", "-DCCACHE=", "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -g"]
        run(sources, *command, *options)
        run(sources, "cmake", "--build", f"build-{place[:1]}")
        library = sources / f"build-{place[:1]}" / "libOrthancPython.so"
        digests.add(hashlib.sha256(library.read_bytes()).hexdigest())
    assert len(digests) == 1

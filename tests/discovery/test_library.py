# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where libpython is looked for, and the option that names it."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.discovery.support import (
    Search,
    linked_interpreter,
    linked_library,
    prefixes,
    pretend,
    pretend_like,
    wanted,
)
from tests.support.pythons import Python, make_environment, shared

Discover = Callable[..., Search]


@pytest.fixture
def python() -> Python:
    return shared()[-1]


@pytest.fixture
def library(python: Python) -> Path:
    assert python.library
    return python.library


def library_of(search: Search) -> Path:
    assert search.found, search.report
    return Path(search.found["library"])


@pytest.mark.parametrize("place", ["lib", "lib/multi-arch", "elsewhere", "lib/config"])
def test_folders_of_the_library(
    discover: Discover, python: Python, library: Path, tmp_path: Path, place: str
) -> None:
    prefix = tmp_path / "prefix"
    executable = pretend_like(
        python,
        prefix / "bin/python3",
        multiarch="multi-arch",
        libdir=prefix / "elsewhere",
        libpl=prefix / "lib/config",
    )
    (prefix / place).mkdir(parents=True)
    (prefix / place / library.name).symlink_to(library)
    assert library_of(discover(executable=executable)) == prefix / place / library.name


def test_folder_of_the_build_is_wrong_after_a_move(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "prefix"
    executable = pretend_like(python, prefix / "bin/python3", libdir="/install/lib")
    (prefix / "lib").mkdir()
    (prefix / "lib" / library.name).symlink_to(library)
    assert library_of(discover(executable=executable)) == prefix / "lib" / library.name


def test_static_interpreter_that_comes_with_a_library(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    """As conda's does."""
    prefix = tmp_path / "prefix"
    facts = {"shared": "", "soname": f"libpython{python.minor}.a"}
    version = ".".join(map(str, python.version))
    executable = pretend(prefix / "bin/python3", {"version": version, **facts})
    (prefix / "lib").mkdir()
    (prefix / "lib" / library.name).symlink_to(library)
    assert library_of(discover(executable=executable)) == prefix / "lib" / library.name


@pytest.mark.parametrize("tags", ["--disable-new-dtags", "--enable-new-dtags"])
def test_library_that_the_interpreter_itself_loads_comes_first(
    discover: Discover, python: Python, library: Path, tmp_path: Path, tags: str
) -> None:
    """Which one that is depends on how it was linked: DT_RPATH or DT_RUNPATH."""
    prefix = tmp_path / "moved"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib").symlink_to(prefixes(python.executable)[2] / "lib")
    executable = linked_interpreter(prefix / "bin/python3", library, f"-Wl,{tags}")
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(library, other)
    for env, expected in (
        ({}, library.parent),
        ({"LD_LIBRARY_PATH": str(other)}, library.parent if "disable" in tags else other),
    ):
        linked = linked_library(executable, **env)
        assert linked is not None
        assert linked.parent == expected
        assert library_of(discover(executable=executable, env=env)) == linked


def test_library_known_to_the_loader(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    executable = pretend_like(python, tmp_path / "p/bin/python3")
    search = discover(executable=executable, env={"LD_LIBRARY_PATH": str(library.parent)})
    assert library_of(search).resolve() == library


def test_library_known_to_the_loader_is_of_another_build(
    discover: Discover, library: Path, tmp_path: Path
) -> None:
    facts = {"version": "3.99.1", "soname": library.name}
    executable = pretend(tmp_path / "p/bin/python3", facts)
    search = discover(executable=executable, env={"LD_LIBRARY_PATH": str(library.parent)})
    assert "the loader has only " in search.reason_for(executable)


def test_build_details(discover: Discover, tmp_path: Path) -> None:
    """PEP 739 tells it apart from what the build was configured for; here after a move."""
    # a distribution's interpreter is not linked to its library
    python = next(p for p in shared() if linked_library(p.executable) is None)
    library = python.library
    assert library
    moved = tmp_path / "moved"
    stdlib = moved / "lib" / f"python{python.minor}"
    for folder in (moved / "bin", moved / "own", stdlib):
        folder.mkdir(parents=True)
    shutil.copy2(python.executable.resolve(), moved / "bin/python3")
    for item in (prefixes(python.executable)[2] / "lib" / stdlib.name).iterdir():
        if item.name != "build-details.json":
            (stdlib / item.name).symlink_to(item)
    (moved / "own" / library.name).symlink_to(library)
    details = {"base_prefix": "../..", "libpython": {"dynamic": f"own/{library.name}"}}
    (stdlib / "build-details.json").write_text(json.dumps(details))
    assert library_of(discover(executable=moved / "bin/python3")) == moved / "own" / library.name


def test_option_with_executable(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(library, tmp_path))
    search = discover(library=copy, executable=python.executable, **wanted(python))
    assert library_of(search) == copy
    assert search.found
    assert Path(search.found["executable"]) == python.executable


def test_option_with_virtual_environment(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    make_environment(python.executable, tmp_path / "venv")
    search = discover(library=library, virtual_env=tmp_path / "venv")
    assert library_of(search) == library
    assert search.found
    assert Path(search.found["prefix"]) == tmp_path / "venv"


def test_option_alone_serves_an_interpreter_that_lacks_it(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    """As the unpacked package libpython3.X does for Debian's python3.X."""
    unpacked = tmp_path / "unpacked/usr/lib/x86_64-linux-gnu"
    unpacked.mkdir(parents=True)
    copy = Path(shutil.copy(library, unpacked))
    executable = pretend_like(python, tmp_path / "a/bin/python3")
    search = discover(library=copy, path=[executable.parent])
    if library.is_relative_to("/usr/lib"):  # the system's loader has it for every interpreter
        reasons = [one.reason for one in search.rejected]
        assert any(reason.startswith("has a library of its own, ") for reason in reasons)
        return
    assert library_of(search) == copy
    assert search.source == "PATH"


def test_option_alone_does_not_serve_another_installation(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    """Its standard library might be of another release."""
    copy = Path(shutil.copy(library, tmp_path))
    search = discover(library=copy, path=[python.executable.parent])
    reasons = [one.reason for one in search.rejected]
    assert any(reason.startswith("has a library of its own, ") for reason in reasons)


def test_option_with_interpreter_of_another_version(
    discover: Discover, library: Path, tmp_path: Path
) -> None:
    other = pretend(tmp_path / "p/bin/python3", {"version": "3.99.1"})
    search = discover(library=library, executable=other)
    assert search.found is None
    assert "is Python " in search.reason_for(other)


def test_option_of_a_version_that_is_not_wanted(discover: Discover, library: Path) -> None:
    search = discover(library=library, minor=99)
    assert search.found is None
    assert search.reason_for(library).endswith("wanted is CPython 3.99")
    assert len(search.rejected) == 1


def test_option_that_leads_nowhere(discover: Discover, python: Python, tmp_path: Path) -> None:
    missing = tmp_path / "libpython3.13.so"
    search = discover(library=missing, executable=python.executable)
    assert search.found is None
    assert search.reason_for(missing) == "does not exist"


ELF = {"x86-64": (2, 1, 62), "AArch64": (2, 1, 183), "x86": (1, 1, 3), "z/Series": (2, 2, 22)}


@pytest.mark.parametrize("machine", ELF)
def test_option_for_another_machine(discover: Discover, tmp_path: Path, machine: str) -> None:
    bits, order, number = ELF[machine]
    head = b"\x7fELF" + bytes([bits, order, 1]) + bytes(9)
    head += struct.pack("<2H" if order == 1 else ">2H", 3, number) + bytes(100)
    library = tmp_path / "libpython3.13.so.1.0"
    own = Path("/proc/self/exe").read_bytes()[4:20]
    library.write_bytes(head)
    search = discover(library=library)
    if own[0] == bits and own[14:16] == head[18:20]:
        assert not [one for one in search.rejected if one.path == str(library)]
    else:
        assert " library" in search.reason_for(library)

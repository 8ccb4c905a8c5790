# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where discovery searches for libpython, and the option that names it."""

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
def test_library_is_found_in_each_of_its_folders(
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


def test_library_is_found_after_a_move(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "prefix"
    executable = pretend_like(python, prefix / "bin/python3", libdir="/install/lib")
    (prefix / "lib").mkdir()
    (prefix / "lib" / library.name).symlink_to(library)
    assert library_of(discover(executable=executable)) == prefix / "lib" / library.name


def test_library_of_a_static_interpreter_is_found(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    """conda's interpreter is static and has a library."""
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
    """DT_RPATH or DT_RUNPATH of the interpreter decides which library it loads."""
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


def test_library_known_to_the_loader_is_found(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    executable = pretend_like(python, tmp_path / "p/bin/python3")
    search = discover(executable=executable, env={"LD_LIBRARY_PATH": str(library.parent)})
    assert library_of(search).resolve() == library


def test_library_of_another_build_is_rejected(
    discover: Discover, library: Path, tmp_path: Path
) -> None:
    facts = {"version": "3.99.1", "soname": library.name}
    executable = pretend(tmp_path / "p/bin/python3", facts)
    search = discover(executable=executable, env={"LD_LIBRARY_PATH": str(library.parent)})
    assert "the loader finds only " in search.reason_for(executable)


def test_build_details_locate_the_library_after_a_move(discover: Discover, tmp_path: Path) -> None:
    """build-details.json (PEP 739) can have relative paths, which stay valid after a move."""
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


def test_option_and_executable_go_together(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(library, tmp_path))
    search = discover(library=copy, executable=python.executable, **wanted(python))
    assert library_of(search) == copy
    assert search.found
    assert Path(search.found["executable"]) == python.executable


def test_option_and_virtual_environment_go_together(
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
    """The unpacked package libpython3.X completes Debian's python3.X in this way."""
    unpacked = tmp_path / "unpacked/usr/lib/x86_64-linux-gnu"
    unpacked.mkdir(parents=True)
    copy = Path(shutil.copy(library, unpacked))
    executable = pretend_like(python, tmp_path / "a/bin/python3")
    search = discover(library=copy, path=[executable.parent])
    if library.is_relative_to("/usr/lib"):  # the loader finds it for every interpreter
        reasons = [one.reason for one in search.rejected]
        assert any(reason.startswith("has its own library, ") for reason in reasons)
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
    assert any(reason.startswith("has its own library, ") for reason in reasons)


def test_option_and_executable_of_another_version_are_rejected(
    discover: Discover, library: Path, tmp_path: Path
) -> None:
    other = pretend(tmp_path / "p/bin/python3", {"version": "3.99.1"})
    search = discover(library=library, executable=other)
    assert search.found is None
    assert "is Python " in search.reason_for(other)


def test_option_of_a_version_that_is_not_required_ends_the_search(
    discover: Discover, library: Path
) -> None:
    search = discover(library=library, minor=99)
    assert search.found is None
    assert search.reason_for(library).endswith("the plugin needs CPython 3.99")
    assert len(search.rejected) == 1


def test_missing_option_ends_the_search(discover: Discover, python: Python, tmp_path: Path) -> None:
    missing = tmp_path / "libpython3.13.so"
    search = discover(library=missing, executable=python.executable)
    assert search.found is None
    assert search.reason_for(missing) == "does not exist"


def elf(bits: int, order: str, machine: int) -> bytes:
    identification = b"\x7fELF" + bytes([bits, 1 if order == "<" else 2, 1]) + bytes(9)
    return identification + struct.pack(order + "2H", 3, machine)


def pe(machine: int) -> bytes:
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", machine)


def mach_o(cpu_type: int) -> bytes:
    return struct.pack("<2I", 0xFEEDFACF, cpu_type)


def universal(*cpu_types: int) -> bytes:
    slices = (struct.pack(">5I", cpu_type, 0, 0, 0, 0) for cpu_type in cpu_types)
    return struct.pack(">2I", 0xCAFEBABE, len(cpu_types)) + b"".join(slices)


X86_64, ARM64 = 0x01000007, 0x0100000C
HEADERS = {
    "ELF x86-64": elf(2, "<", 62),
    "ELF AArch64": elf(2, "<", 183),
    "ELF x86": elf(1, "<", 3),
    "ELF z/Series": elf(2, ">", 22),
    "PE x64": pe(0x8664),
    "Mach-O arm64": mach_o(ARM64),
    "Mach-O universal": universal(X86_64, ARM64),
}


def foreign(header: bytes) -> bool:
    own = Path("/proc/self/exe").read_bytes()[:20]
    return header[4:6] != own[4:6] or header[18:20] != own[18:20]


@pytest.mark.parametrize("kind", HEADERS)
def test_option_for_another_processor_ends_the_search(
    discover: Discover, tmp_path: Path, kind: str
) -> None:
    library = tmp_path / "libpython3.13.so.1.0"
    library.write_bytes(HEADERS[kind] + bytes(100))
    search = discover(library=library)
    if foreign(HEADERS[kind]):
        assert "built for another processor" in search.reason_for(library)
        assert len(search.rejected) == 1
    else:
        assert not [one for one in search.rejected if one.path == str(library)]


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"MZ", b"INPUT ( libpython3.13.so )"])
def test_option_that_is_no_shared_library_ends_the_search(
    discover: Discover, tmp_path: Path, content: bytes
) -> None:
    library = tmp_path / "libpython3.13.so.1.0"
    library.write_bytes(content)
    reason = discover(library=library).reason_for(library)
    assert reason.startswith(("is not a shared library", "is built for another processor"))


def test_interpreter_whose_library_is_for_another_processor_is_rejected(
    discover: Discover, python: Python, library: Path, tmp_path: Path
) -> None:
    name = "libpython_of_this_test.so.1.0"  # no folder of the system has it
    first = pretend_like(python, tmp_path / "first/bin/python3", soname=name)
    (tmp_path / "first/lib").mkdir()
    header = next(header for header in HEADERS.values() if foreign(header))
    (tmp_path / "first/lib" / name).write_bytes(header + bytes(100))
    search = discover(path=[first.parent, python.executable.parent])
    assert library_of(search).samefile(library)
    assert "built for another processor" in search.reason_for(first)

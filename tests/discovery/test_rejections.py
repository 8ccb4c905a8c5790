# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What cannot be used is passed over with a reason that helps."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.discovery.support import Search, pretend, write_script
from tests.support.pythons import Python, make_environment, shared

Discover = Callable[..., Search]


def reason_of(discover: Discover, executable: Path, **options: object) -> str:
    search = discover(executable=executable, **options)
    assert search.found is None
    assert len(search.rejected) == 1, "an explicit option must not fall back to anything"
    assert search.rejected[0].source == "the option Executable"
    return search.reason_for(executable)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"implementation": "pypy"}, "is pypy, only CPython can be used"),
        ({"version": "3.8.20"}, "is Python 3.8.20, wanted is CPython 3.9 or later"),
        ({"version": "2.7.18"}, "is Python 2.7.18, wanted is CPython 3.9 or later"),
        ({"version": "4.9.0"}, "is Python 4.9.0, wanted is CPython 3.9 or later"),
        ({"shared": "", "soname": "libpython3.99.a"}, "without a shared library"),
        ({}, "whose library libpython3.99.so.1.0 is missing"),
    ],
)
def test_facts(discover: Discover, tmp_path: Path, facts: dict[str, str], reason: str) -> None:
    assert reason in reason_of(discover, pretend(tmp_path / "p/bin/python3", facts))


def test_other_pointer_size(discover: Discover, tmp_path: Path) -> None:
    bits = "32" if sys.maxsize > 2**32 else "64"
    reason = reason_of(discover, pretend(tmp_path / "p/bin/python3", {"bits": bits}))
    assert reason.startswith(f"has {bits} bits")


@pytest.mark.parametrize("flag", ["free_threaded", "debug"])
def test_other_abi(discover: Discover, tmp_path: Path, flag: str) -> None:
    plain = pretend(tmp_path / "plain/bin/python3", {})
    special = pretend(tmp_path / "special/bin/python3", {flag: "1"})
    letter = {"free_threaded": "3.99t", "debug": "3.99d"}[flag]
    assert reason_of(discover, plain, minor=99, **{flag: True}).endswith(f"CPython {letter}")
    reason = reason_of(discover, special, minor=99)
    assert flag.replace("_", "-") in reason
    assert reason.endswith("CPython 3.99")


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="names Debian's package")
def test_package_of_debian_is_named(discover: Discover, tmp_path: Path) -> None:
    facts = {"base_prefix": "/usr", "multiarch": "x86_64-linux-gnu"}
    reason = reason_of(discover, pretend(tmp_path / "p/bin/python3", facts))
    assert "the package libpython3.99 has it" in reason


def test_missing(discover: Discover, tmp_path: Path) -> None:
    assert reason_of(discover, tmp_path / "python3") == "does not exist"


def test_link_that_leads_nowhere(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to("/nowhere/python3")
    reason = reason_of(discover, tmp_path / "python3")
    assert reason == "is a link to /nowhere/python3, which does not exist"


def test_folder(discover: Discover, tmp_path: Path) -> None:
    assert reason_of(discover, tmp_path) == "is a folder, not an interpreter"


def test_not_executable(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("")
    assert reason_of(discover, tmp_path / "python3").startswith("may not be run")


def test_not_a_program(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "python3").write_bytes(b"\0\1\2")
    (tmp_path / "python3").chmod(0o755)
    assert reason_of(discover, tmp_path / "python3").startswith("cannot be run: ")


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        ("Unknown option: -I\nusage: python [option]\nTry `python -h'", "Unknown option: -I"),
        ("\nTraceback\n  File\nImportError: no os\n", "ImportError: no os"),
        (
            "Fatal Python error: x\nImportError: No encodings\n\nCurrent thread\n  <no frame>",
            "ImportError: No encodings",
        ),
    ],
)
def test_broken(discover: Discover, tmp_path: Path, complaint: str, line: str) -> None:
    (tmp_path / "complaint").write_text(complaint)
    script = write_script(tmp_path / "python3", f"/bin/cat '{tmp_path}/complaint' >&2; exit 1")
    assert reason_of(discover, script) == f"ended with code 1: {line}"


def test_crash(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "kill -SEGV $$")
    assert reason_of(discover, script) == "was ended by signal 11"


def test_something_else(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "echo Hello")
    assert reason_of(discover, script) == "does not answer like a Python interpreter"


def test_answer_that_breaks_off(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "printf '%s\\0version=3.13.1\\0' \"$5\"")
    assert reason_of(discover, script) == "does not answer like a Python interpreter"


def test_hanging(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "echo waiting >&2; /bin/sleep 3600")
    assert reason_of(discover, script) == "did not answer within 10 s: waiting"


def test_talkative_wrapper(discover: Discover, tmp_path: Path) -> None:
    """What a script prints before the interpreter answers does not harm."""
    script = pretend(tmp_path / "p/bin/python3", {}, before="echo 'Loading modules...'")
    assert "libpython3.99.so.1.0" in reason_of(discover, script)


def test_name_that_is_not_on_path(discover: Discover, tmp_path: Path) -> None:
    search = discover(executable="python3.99")
    assert search.reason_for("python3.99") == "is in no folder of PATH"


def test_name_that_is_on_path(discover: Discover) -> None:
    python = shared()[-1]
    search = discover(executable=python.executable.name, path=[python.executable.parent])
    assert search.found, search.report
    assert Path(search.found["executable"]) == python.executable


def test_file_in_the_place_of_the_library(discover: Discover, tmp_path: Path) -> None:
    script = pretend(tmp_path / "p/bin/python3", {})
    library = tmp_path / "p/lib/libpython3.99.so.1.0"
    library.parent.mkdir()
    library.write_text("INPUT ( libpython3.99.so )")
    reason = reason_of(discover, script)
    assert str(library) in reason
    assert "not an ELF file" in reason


@pytest.fixture
def python() -> Python:
    return shared()[-1]


def test_virtual_environment_whose_python_was_removed(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    folder = tmp_path / "venv"
    make_environment(python.executable, folder)
    text = (folder / "pyvenv.cfg").read_text()
    lines = ["home = /nowhere/a=b/bin" if x.startswith("home") else x for x in text.splitlines()]
    (folder / "pyvenv.cfg").write_text("\n".join(lines))
    for name in os.listdir(folder / "bin"):
        if name.startswith("python"):
            (folder / "bin" / name).unlink()
            (folder / "bin" / name).symlink_to("/nowhere/a=b/bin/python3")
    reason = discover(virtual_env=folder).reason_for(folder)
    assert reason.startswith("was made from the Python in /nowhere/a=b/bin, which is gone")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "does not exist"),
        ("file", "is not a folder"),
        ("empty", "is not a virtual environment: it has neither pyvenv.cfg nor bin/python"),
    ],
)
def test_virtual_environment_that_is_none(
    discover: Discover, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    search = discover(virtual_env=tmp_path / name)
    assert search.found is None
    assert len(search.rejected) == 1
    assert search.reason_for(tmp_path / name) == reason


def test_options_that_contradict_each_other(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    make_environment(python.executable, tmp_path / "venv")
    search = discover(executable=python.executable, virtual_env=tmp_path / "venv")
    assert search.found is None
    assert "is not of the virtual environment" in search.reason_for(python.executable)


def test_options_that_agree(discover: Discover, python: Python, tmp_path: Path) -> None:
    make_environment(python.executable, tmp_path / "venv")
    search = discover(executable=tmp_path / "venv/bin/python", virtual_env=tmp_path / "venv")
    assert search.found, search.report

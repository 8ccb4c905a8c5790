# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each candidate that cannot be used is rejected with the reason."""

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
        ({"implementation": "pypy"}, "is pypy; the plugin needs CPython"),
        ({"version": "3.8.20"}, "is Python 3.8.20; the plugin needs CPython 3.9 or later"),
        ({"version": "2.7.18"}, "is Python 2.7.18; the plugin needs CPython 3.9 or later"),
        ({"version": "4.9.0"}, "is Python 4.9.0; the plugin needs CPython 3.9 or later"),
        ({"shared": "", "soname": "libpython3.99.a"}, "was built without a shared library"),
        ({}, "whose library libpython3.99.so.1.0 is missing"),
    ],
)
def test_interpreter_that_does_not_fit_is_rejected(
    discover: Discover, tmp_path: Path, facts: dict[str, str], reason: str
) -> None:
    assert reason in reason_of(discover, pretend(tmp_path / "p/bin/python3", facts))


def test_interpreter_of_another_pointer_size_is_rejected(
    discover: Discover, tmp_path: Path
) -> None:
    bits = "32" if sys.maxsize > 2**32 else "64"
    reason = reason_of(discover, pretend(tmp_path / "p/bin/python3", {"bits": bits}))
    assert reason.startswith(f"has {bits} bits")


@pytest.mark.parametrize("flag", ["free_threaded", "debug"])
def test_other_build_of_the_required_version_is_rejected(
    discover: Discover, tmp_path: Path, flag: str
) -> None:
    plain = pretend(tmp_path / "plain/bin/python3", {})
    special = pretend(tmp_path / "special/bin/python3", {flag: "1"})
    letter = {"free_threaded": "3.99t", "debug": "3.99d"}[flag]
    assert reason_of(discover, plain, minor=99, **{flag: True}).endswith(f"CPython {letter}")
    reason = reason_of(discover, special, minor=99)
    assert flag.replace("_", "-") in reason
    assert reason.endswith("CPython 3.99")


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="names Debian's package")
def test_debian_package_of_the_library_is_named(discover: Discover, tmp_path: Path) -> None:
    facts = {"base_prefix": "/usr", "multiarch": "x86_64-linux-gnu"}
    reason = reason_of(discover, pretend(tmp_path / "p/bin/python3", facts))
    assert reason.endswith("is not installed: install the package libpython3.99")


def test_missing_executable_is_rejected(discover: Discover, tmp_path: Path) -> None:
    assert reason_of(discover, tmp_path / "python3") == "does not exist"


def test_broken_link_is_rejected_with_its_target(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to("/nowhere/python3")
    reason = reason_of(discover, tmp_path / "python3")
    assert reason == "is a link to /nowhere/python3, which does not exist"


def test_folder_is_rejected(discover: Discover, tmp_path: Path) -> None:
    assert reason_of(discover, tmp_path) == "is a folder, not a program"


def test_file_without_permission_to_execute_is_rejected(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("")
    assert reason_of(discover, tmp_path / "python3").startswith("is not executable")


def test_file_that_cannot_be_run_is_rejected(discover: Discover, tmp_path: Path) -> None:
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
def test_main_line_of_the_error_output_is_the_reason(
    discover: Discover, tmp_path: Path, complaint: str, line: str
) -> None:
    (tmp_path / "complaint").write_text(complaint)
    script = write_script(tmp_path / "python3", f"/bin/cat '{tmp_path}/complaint' >&2; exit 1")
    assert reason_of(discover, script) == f"exited with code 1: {line}"


def test_signal_that_killed_the_interpreter_is_the_reason(
    discover: Discover, tmp_path: Path
) -> None:
    script = write_script(tmp_path / "python3", "kill -SEGV $$")
    assert reason_of(discover, script) == "was killed by signal 11"


def test_program_that_is_no_python_is_rejected(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "echo Hello")
    assert reason_of(discover, script) == "does not answer like a Python interpreter"


def test_incomplete_answer_is_rejected(discover: Discover, tmp_path: Path) -> None:
    script = write_script(tmp_path / "python3", "printf '%s\\0version=3.13.1\\0' \"$5\"")
    assert reason_of(discover, script) == "does not answer like a Python interpreter"


def test_interpreter_that_hangs_is_rejected_after_the_time_limit(
    discover: Discover, tmp_path: Path
) -> None:
    script = write_script(tmp_path / "python3", "echo waiting >&2; /bin/sleep 3600")
    assert reason_of(discover, script) == "did not answer within 30 s: waiting"


def test_output_of_a_wrapper_before_the_answer_is_ignored(
    discover: Discover, tmp_path: Path
) -> None:
    script = pretend(tmp_path / "p/bin/python3", {}, before="echo 'Loading modules...'")
    assert "libpython3.99.so.1.0" in reason_of(discover, script)


def test_executable_name_that_is_not_in_path_is_rejected(
    discover: Discover, tmp_path: Path
) -> None:
    search = discover(executable="python3.99")
    assert search.reason_for("python3.99") == "is not in PATH"


def test_executable_name_is_searched_in_path(discover: Discover) -> None:
    python = shared()[-1]
    search = discover(executable=python.executable.name, path=[python.executable.parent])
    assert search.found, search.report
    assert Path(search.found["executable"]) == python.executable


def test_text_file_in_place_of_the_library_is_rejected(discover: Discover, tmp_path: Path) -> None:
    script = pretend(tmp_path / "p/bin/python3", {})
    library = tmp_path / "p/lib/libpython3.99.so.1.0"
    library.parent.mkdir()
    library.write_text("INPUT ( libpython3.99.so )")
    reason = reason_of(discover, script)
    assert str(library) in reason
    assert "is not a shared library" in reason


@pytest.fixture
def python() -> Python:
    return shared()[-1]


def test_virtual_environment_whose_python_was_removed_is_rejected(
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
    assert reason.startswith(
        "was created from the Python in /nowhere/a=b/bin, which no longer exists"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "does not exist"),
        ("file", "is not a folder"),
        ("empty", "is not a virtual environment: it has neither pyvenv.cfg nor bin/python"),
    ],
)
def test_folder_that_is_no_virtual_environment_is_rejected(
    discover: Discover, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    search = discover(virtual_env=tmp_path / name)
    assert search.found is None
    assert len(search.rejected) == 1
    assert search.reason_for(tmp_path / name) == reason


def test_contradicting_options_end_the_search(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    make_environment(python.executable, tmp_path / "venv")
    search = discover(executable=python.executable, virtual_env=tmp_path / "venv")
    assert search.found is None
    assert "is not in the virtual environment" in search.reason_for(python.executable)


def test_agreeing_options_are_accepted(discover: Discover, python: Python, tmp_path: Path) -> None:
    make_environment(python.executable, tmp_path / "venv")
    search = discover(executable=tmp_path / "venv/bin/python", virtual_env=tmp_path / "venv")
    assert search.found, search.report

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""load.py, with which cibuildwheel tries each library."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake_orthanc import load
from tests.support import pythons


def run(fake: Path, plugin: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(load.__file__)), str(plugin), "--fake-orthanc", str(fake)]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def test_a_library_that_works(fake_orthanc_program: Path, universal_plugin: Path) -> None:
    python = str(pythons.shared()[-1].executable)
    done = run(fake_orthanc_program, universal_plugin, "--python", python)
    assert (done.returncode, done.stdout.strip()[-4:]) == (0, ": ok"), done.stdout


def test_a_library_that_does_not_load(fake_orthanc_program: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"text")
    assert run(fake_orthanc_program, broken).returncode == 1


def test_a_library_that_should_refuse(fake_orthanc_program: Path, universal_plugin: Path) -> None:
    done = run(fake_orthanc_program, universal_plugin, "--refused", "needs CPython 3.13d")
    assert done.returncode == 1
    assert "works with a Python that it is not made for" in done.stdout
    missing = ("--python", "/nowhere/python", "--refused", "/nowhere/python")
    assert run(fake_orthanc_program, universal_plugin, *missing).returncode == 0


@pytest.mark.parametrize(
    ("system", "option"),
    [("darwin", "-DCMAKE_OSX_ARCHITECTURES=x86_64"), ("win32", "-A x64"), ("linux", "")],
)
def test_the_program_is_built_for_the_processor_of_the_python(
    system: str, option: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under Rosetta, the Python is one for x86_64."""
    commands: list[str] = []

    def record(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        commands.append(" ".join(command))
        folder = tmp_path / "build" / f"fake_orthanc-{system}-x86_64"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("fake_orthanc.exe" if system == "win32" else "fake_orthanc")).touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(load, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", record)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert load.build_fake_orthanc().name.startswith("fake_orthanc")
    assert option in commands[0]

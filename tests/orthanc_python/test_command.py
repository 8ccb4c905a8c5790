# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `orthanc-python`: its usage, `--version`, `path`, and its output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Command


def test_the_path_of_the_library_is_shown(command: Command, plugin: Path) -> None:
    result = command("path")
    assert result.stdout == f"{plugin}\n"
    assert result.returncode == 0


def test_path_of_a_missing_library(command: Command) -> None:
    result = command("path", ORTHANC_PYTHON_LIBRARY="/missing")
    assert (result.returncode, result.stdout) == (2, "")
    assert "/missing" in result.stderr


def test_the_versions_are_shown(command: Command, plugin: Path) -> None:
    result = command("--version")
    assert result.returncode == 0
    assert re.fullmatch(rf"orthanc-python \S.*, {re.escape(str(plugin))}\n", result.stdout)


def test_version_without_the_library(command: Command) -> None:
    result = command("--version", ORTHANC_PYTHON_LIBRARY="/missing")
    assert result.returncode == 0
    assert "without its library" in result.stdout and "/missing" in result.stdout


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"], ["path"]])
def test_a_reader_that_goes_away(
    with_plugin: dict[str, str], orthanc_executable: Path, arguments: list[str]
) -> None:
    """For example `orthanc-python doctor | head -0`."""
    if arguments[0] == "doctor":
        arguments = [*arguments, "--orthanc", str(orthanc_executable)]
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as stdout:
        result = subprocess.run(
            [sys.executable, "-m", "orthanc_python", *arguments],
            env={**with_plugin, "PYTHONUNBUFFERED": ""},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert (result.returncode, result.stderr) == (141, "")


def test_a_current_directory_that_was_deleted(with_plugin: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    command = f"{sys.executable} -m orthanc_python config"
    result = subprocess.run(
        ["sh", "-c", f"rmdir {folder}; exec {command}"],
        cwd=folder,
        env=with_plugin,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert "The current directory was deleted" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["path", "--", "x"]])
def test_wrong_arguments_show_the_usage(command: Command, arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.returncode == 2
    assert "usage: orthanc-python" in result.stderr

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smoke test passes with a good library, and fails with a bad one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pythons import shared

PROGRAM = Path(__file__).parent


def smoke(artifact: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), str(artifact), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def python() -> str:
    """A Python whose shared library the plugin finds."""
    own = [one for one in shared() if one.executable.resolve() == Path(sys.executable).resolve()]
    return str((own or shared())[-1].executable)


def test_a_good_library(
    universal_plugin: Path, orthanc_executable: Path, python: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    options = ["--python", python, "--orthanc", str(orthanc_executable), "--json", str(report)]
    done = smoke(universal_plugin, *options)
    assert done.returncode == 0, done.stdout
    result = json.loads(report.read_text(encoding="utf-8"))
    assert [name for name, _ in result["passed"]] == [
        "log_names_python",
        "route_answers",
        "instance_is_seen",
        "extension_imports",
        "environment_is_used",
        "reset_works",
        "stops_cleanly",
    ]
    assert result["failed"] == ""


def test_a_file_that_is_no_library(orthanc_executable: Path, python: str, tmp_path: Path) -> None:
    bad = tmp_path / "libOrthancPython.so"
    bad.write_bytes(b"not a library")
    done = smoke(bad, "--python", python, "--orthanc", str(orthanc_executable))
    assert done.returncode == 1
    assert "FAILED  start" in done.stdout


def test_a_library_that_does_nothing(orthanc_executable: Path, python: str, tmp_path: Path) -> None:
    source, library = tmp_path / "empty.c", tmp_path / "libOrthancPython.so"
    source.write_text(
        "int OrthancPluginInitialize(void *context) { return 0; }\n"
        "void OrthancPluginFinalize(void) {}\n"
        'const char *OrthancPluginGetName(void) { return "empty"; }\n'
        'const char *OrthancPluginGetVersion(void) { return "1"; }\n',
        encoding="utf-8",
    )
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    done = smoke(library, "--python", python, "--orthanc", str(orthanc_executable))
    assert done.returncode == 1
    assert "FAILED  log names python" in done.stdout

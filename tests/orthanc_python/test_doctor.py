# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from .conftest import Command


def examine(command: Command, *arguments: str | Path, **variables: str) -> tuple[int, Any]:
    result = command("doctor", "--json", *arguments, **variables)
    assert "Traceback" not in result.stderr
    return result.returncode, json.loads(result.stdout)


def failures(report: Any) -> dict[str, Any]:
    return {check["name"]: check for check in report["checks"] if not check["ok"]}


def test_a_good_installation_has_no_problem(
    command: Command, orthanc_executable: Path, plugin: Path
) -> None:
    code, report = examine(command, "--orthanc", orthanc_executable)
    assert failures(report) == {}
    assert code == 0
    assert report["healthy"] is True
    facts = report["facts"]
    assert facts["version"] == sys.version
    assert facts["prefix"] == sys.prefix
    assert facts["executable"] == sys.executable
    assert facts["multiprocessing_executable"] == sys.executable
    assert facts["gil_enabled"] is getattr(sys, "_is_gil_enabled", lambda: True)()
    assert Path(facts["libpython"]).is_file()
    assert facts["plugin"]
    assert report["configuration"]["Plugins"] == [str(plugin)]


def test_the_report_is_readable(command: Command, orthanc_executable: Path) -> None:
    result = command("doctor", "--orthanc", orthanc_executable)
    assert result.returncode == 0, result.stdout
    assert "No problems found." in result.stdout
    assert "FAIL" not in result.stdout


def test_scripts_and_folders_are_checked(
    command: Command, orthanc_executable: Path, tmp_path: Path
) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "one.py").write_text("x = 1", encoding="utf-8")
    code, report = examine(command, "--orthanc", orthanc_executable, "routes")
    assert (code, failures(report)) == (0, {})
    assert report["configuration"]["Python"]["Scripts"] == [str(tmp_path / "routes")]
    (tmp_path / "routes" / "two.py").write_text("x = = 1", encoding="utf-8")
    code, report = examine(command, "--orthanc", orthanc_executable, "routes", "missing.py")
    assert code == 1
    found = [check["found"] for check in report["checks"] if not check["ok"]]
    assert found[0] == f"There is no script {tmp_path / 'missing.py'}"
    assert "two.py" in found[1] and "SyntaxError" in found[1]


def test_another_orthanc_than_the_expected_one_is_not_started(
    command: Command, orthanc_executable: Path
) -> None:
    code, report = examine(command, "--orthanc", orthanc_executable, "--sha256", "0" * 64)
    assert code == 1
    assert f"not {'0' * 64}: it was not started" in failures(report)["Orthanc"]["found"]


def test_an_account_needs_no_home(
    command: Command, orthanc_executable: Path, tmp_path: Path
) -> None:
    nowhere = {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "ORTHANC_PYTHON_CACHE": ""}
    code, report = examine(
        command, "--orthanc", orthanc_executable, TMPDIR=str(tmp_path), **nowhere
    )
    assert failures(report) == {}
    assert code == 0


def test_a_missing_library_is_reported(command: Command) -> None:
    code, report = examine(command, ORTHANC_PYTHON_LIBRARY="/missing.so")
    assert code == 1
    assert "/missing.so" in failures(report)["library"]["found"]


def test_a_missing_orthanc_is_reported(command: Command) -> None:
    code, report = examine(command, "--orthanc", "/missing")
    assert code == 1
    assert failures(report)["Orthanc"]["remedy"]


def test_a_broken_orthanc_is_reported(command: Command) -> None:
    code, report = examine(command, "--orthanc", "/bin/true")
    assert code == 1
    assert "does not run" in failures(report)["Orthanc"]["remedy"]


def test_an_old_orthanc_is_reported(command: Command, tmp_path: Path) -> None:
    old = tmp_path / "Orthanc"
    old.write_text("#!/bin/sh\necho Orthanc 1.9.0\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    code, report = examine(command, "--orthanc", old)
    assert code == 1
    assert failures(report)["Orthanc's version"]["remedy"] == "Install Orthanc 1.9.1 or later."


def test_an_orthanc_for_another_processor_is_reported(
    command: Command, orthanc_executable: Path, tmp_path: Path
) -> None:
    other = tmp_path / "libOrthancPython.so"
    other.write_bytes(b"\x7fELF\x02\x01".ljust(18, b"\0") + b"\x15\0")
    code, report = examine(
        command, "--orthanc", orthanc_executable, ORTHANC_PYTHON_LIBRARY=str(other)
    )
    assert code == 1
    assert "ppc64" in failures(report)["processor"]["found"]


def test_a_missing_python_is_reported(
    command: Command, orthanc_executable: Path, tmp_path: Path
) -> None:
    config = tmp_path / "orthanc.json"
    config.write_text('{"Python": {"Executable": "/missing/python3"}} // mine', encoding="utf-8")
    code, report = examine(command, "--orthanc", orthanc_executable, "--config", config)
    assert code == 1
    assert failures(report)["Orthanc with the plugin"]["remedy"]
    assert any("/missing/python3" in one["path"] for one in report["passed_over"])
    assert "/missing/python3" in report["log"]
    in_words = command("doctor", "--orthanc", orthanc_executable, "--config", config).stdout
    assert "/missing/python3: does not exist" in in_words
    assert "Problems found" in in_words


def test_a_broken_extension_is_reported(
    command: Command, orthanc_executable: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "sqlite3.py").write_text("raise ImportError('on purpose')", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    code, report = examine(command, "--orthanc", orthanc_executable, PYTHONPATH=path)
    assert code == 1
    assert "on purpose" in failures(report)["import sqlite3"]["found"]

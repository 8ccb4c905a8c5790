# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python config` prints the lines for orthanc.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc

from .conftest import Command
from .running import HELLO


def test_config_is_all_that_orthanc_needs(
    command: Command, tmp_path: Path, plugin: Path, orthanc_executable: Path
) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    config = json.loads(command("config", "script.py").stdout)
    assert config["PythonScript"] == str(tmp_path / "script.py")
    with Orthanc(plugin=plugin, orthanc=orthanc_executable, config=config) as server:
        assert server.get("/hello").text == "hello"


def test_config_of_a_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "one.py").touch()
    config = json.loads(command("config", "routes/").stdout)
    assert config["Python"]["Scripts"] == [str(tmp_path / "routes")]
    assert "PythonScript" not in config


def test_config_is_right_in_each_encoding_of_the_output(command: Command, tmp_path: Path) -> None:
    """Orthanc reads its files as UTF-8; Windows may write them in another code page."""
    (tmp_path / "für.py").touch()
    config = json.loads(command("config", "für.py", PYTHONIOENCODING="latin-1").stdout)
    assert config["PythonScript"] == str(tmp_path / "für.py")


def test_config_without_a_script(command: Command) -> None:
    assert "PythonScript" not in json.loads(command("config").stdout)


@pytest.mark.parametrize("script", ["missing.py", "empty"])
def test_config_of_a_script_that_is_none(command: Command, tmp_path: Path, script: str) -> None:
    (tmp_path / "empty").mkdir()
    result = command("config", script)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr

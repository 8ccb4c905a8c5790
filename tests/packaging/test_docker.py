# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of the Docker image; its configuration runs in a real Orthanc."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipeline import project

from orthanc_python.server import Orthanc

FOLDER = project.ROOT / "packaging" / "docker"


def test_all_files_that_are_copied_exist() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?:--\S+ )?(\S+) ", text, re.MULTILINE)
    assert copied and all((FOLDER / name).is_file() for name in copied)
    mounted = re.findall(r"- (\./\S+?):", (FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    assert mounted and all((FOLDER / name).is_file() for name in mounted)


def test_the_configuration_asks_for_the_password(
    universal_plugin: Path, orthanc_executable: Path
) -> None:
    config = json.loads((FOLDER / "orthanc.json").read_text(encoding="utf-8"))
    paths = ("StorageDirectory", "IndexDirectory", "Plugins", "PythonScript")
    inside = {name: config.pop(name) for name in (*paths, "HttpPort", "DicomPort")}
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert f"VOLUME {inside['StorageDirectory']}\n" in text
    assert f"EXPOSE {inside['DicomPort']} {inside['HttpPort']}\n" in text
    assert f"COPY main.py {inside['PythonScript']}\n" in text
    server = Orthanc(
        FOLDER / "main.py",
        plugin=universal_plugin,
        orthanc=orthanc_executable,
        config=config,
        env={"ORTHANC_PASSWORD": "long and secret"},
    )
    with server:
        assert server.get("/hello").status_code == 401
        answer = server.get("/hello", auth=("orthanc", "long and secret"))
        assert (answer.status_code, answer.text[:18]) == (200, "Hello from Python ")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run --orthanc VERSION --sha256 SUM`: downloads are verified."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from .conftest import Command
from .faulty_server import serving
from .running import HELLO, Run


@pytest.fixture
def published(
    cache: Path, orthanc_executable: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server that publishes this machine's Orthanc in each version; the SHA-256 of the file."""
    program = f'#!/bin/sh\nexec "{orthanc_executable}" "$@"\n'.encode()
    with serving(program) as server:
        monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", server.url.rpartition("/")[0])
        yield hashlib.sha256(program).hexdigest()


def test_a_downloaded_orthanc_that_cannot_be_verified_is_announced(
    published: str, run: Callable[..., Run]
) -> None:
    running = run(HELLO, "--orthanc", "0.0.1")
    requests.get(running.url, timeout=60)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "Cannot verify " in running.output.text
    assert f"use --orthanc 0.0.1 --sha256 {published}." in running.output.text


def test_a_downloaded_orthanc_with_the_right_checksum_runs(
    published: str, run: Callable[..., Run]
) -> None:
    running = run(HELLO, "--orthanc", "0.0.1", "--sha256", published)
    requests.get(running.url, timeout=60)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "Cannot verify" not in running.output.text


def test_a_downloaded_orthanc_with_another_checksum_is_not_started(
    published: str, cache: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    result = command("run", "script.py", "--orthanc", "0.0.1", "--sha256", "0" * 64)
    assert result.returncode == 2
    assert f"is not the expected file: its SHA-256 is {published}" in result.stderr
    assert not list(cache.rglob("Orthanc"))


def test_the_smoke_test_accepts_no_download_that_the_lock_does_not_know(
    published: str, cache: Path, plugin: Path
) -> None:
    program = Path(__file__).parents[1] / "smoke"
    command = [sys.executable, str(program), str(plugin), "--orthanc", "0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "The checksum of Orthanc 0.0.1" in done.stderr
    assert not list(cache.rglob("Orthanc"))

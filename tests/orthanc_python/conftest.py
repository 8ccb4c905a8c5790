# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest

import orthanc_python
from orthanc_python.ports import free_port
from tests.support.signals import inherited

from .faulty_server import FaultyServer, serving
from .running import Run

CONTENT = bytes(range(256)) * 2000

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """A server that fails on demand."""
    with serving(CONTENT) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for this test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ORTHANC_PYTHON_CACHE", str(folder))
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """For processes that import this package."""
    package = str(Path(orthanc_python.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def with_plugin(environment: dict[str, str], plugin: Path) -> dict[str, str]:
    """For processes that use the plugin under test."""
    return {**environment, "ORTHANC_PYTHON_LIBRARY": str(plugin)}


@pytest.fixture
def command(with_plugin: dict[str, str], tmp_path: Path) -> Command:
    """Runs `python -m orthanc_python` to its end."""

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "orthanc_python", *map(str, arguments)],
            env={**with_plugin, **variables},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def run(
    tmp_path: Path, with_plugin: dict[str, str], orthanc_executable: Path
) -> Iterator[Callable[..., Run]]:
    """Starts `orthanc-python run` with a script given as text."""
    started: list[Run] = []

    def start(
        text: str,
        *arguments: object,
        more: Sequence[str] = (),
        usual_ports: bool = False,
        ignored: Collection[signal.Signals] = (),
        blocked: Collection[signal.Signals] = (),
        stdin: int = subprocess.DEVNULL,
    ) -> Run:
        (tmp_path / "script.py").write_text(text, encoding="utf-8")
        given = ["script.py", *more, "--orthanc", str(orthanc_executable)]
        if not usual_ports:  # several tests may run at once
            given += ["--http-port", str(free_port()), "--dicom-port", str(free_port())]
        with inherited(ignored=ignored, blocked=blocked):
            started.append(Run([*given, *map(str, arguments)], tmp_path, with_plugin, stdin))
        return started[-1]

    yield start
    for one in started:
        one.kill()

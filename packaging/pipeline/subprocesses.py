# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subprocesses whose output goes to a log; they end when this program ends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_GROUPS = os.name == "posix"  # process groups: a program and all processes that it started


class Stopped(Exception):
    """`stop()` was called: no more subprocesses start."""


class Subprocesses:
    """The running subprocesses."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> int:
        """Run a program, and return its exit code."""
        with open(log, "ab") as output:
            with self._lock:
                if self._stopped:
                    raise Stopped("stopped")
                process = subprocess.Popen(
                    command,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=_GROUPS,
                )
                self._running.add(process)
            try:
                return process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)

    def check(self, command: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        """Run a program, and raise CalledProcessError unless the exit code is 0."""
        code = self.run(command, log, env)
        if code != 0:
            raise subprocess.CalledProcessError(code, command)

    def stop(self) -> None:
        """End the subprocesses and all processes that they started; start no more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                if _GROUPS:
                    os.killpg(process.pid, signal.SIGTERM)
                else:
                    process.terminate()


SUBPROCESSES = Subprocesses()

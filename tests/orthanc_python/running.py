# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run` in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_python.output import Output
from tests.support.processes import descendants

HELLO = """
import os
import orthanc

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")

def end(output, uri, **request):
    os._exit(3)

orthanc.RegisterRestCallback("/hello", hello)
orthanc.RegisterRestCallback("/end", end)
"""


class Run:
    """`orthanc-python run` in its own process group, as a shell starts it."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        environment: dict[str, str],
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "orthanc_python", "run", *arguments],
            env=environment,
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.shown = ""  # with the prompt at its end, if any
        self.output = Output(self.process.stdout, self._show)

    def _show(self, text: str) -> None:
        self.shown += text

    @property
    def url(self) -> str:
        """The URL of Orthanc that the command prints."""
        return self.output.wait_for("Open  (http://.*)/$", 60)[1]

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the command and its Orthanc, which has a session of its own."""
        if self.process.poll() is None:
            processes = [self.process.pid, *descendants(self.process.pid)]
            for pid in processes:
                with contextlib.suppress(ProcessLookupError):  # it ends with the one before
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def end(self) -> int:
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            pytest.fail(f"It has not ended. Printed so far:\n{self.output.text}")
        self.output.join(60)
        return code

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions that these tests share."""

from __future__ import annotations

import contextlib
import os
import re
import textwrap
import threading
from pathlib import Path
from typing import Any

import requests

from orthanc_python.server import Orthanc, OrthancFailed
from tests.support.servers import START_TIMEOUT, wait_for


class Starting:
    """An Orthanc that is still starting, so that a test can act during the start."""

    def __init__(self, folder: Path, script: str, **options: Any) -> None:
        path = folder / "starting.py"
        path.write_text(textwrap.dedent(script), encoding="utf-8")
        self.server = Orthanc(path, start_timeout=START_TIMEOUT, **options)
        self._thread = threading.Thread(target=self._start)
        self._thread.start()
        wait_for(lambda: self.server.started, "the process")

    def _start(self) -> None:
        with contextlib.suppress(OrthancFailed):
            self.server.start()

    @property
    def log(self) -> str:
        return self.server.log

    def wait_for_log(self, pattern: str) -> re.Match[str]:
        wait_for(lambda: re.search(pattern, self.log) is not None, pattern)
        found = re.search(pattern, self.log)
        assert found is not None
        return found

    def send(self, number: int) -> None:
        os.kill(self.server.pid, number)

    def end(self, timeout: float = 60) -> int | None:
        """The exit code, once the process has ended by itself; None if it keeps running."""
        code = self.server.wait(timeout)
        if code is None:
            self.server.close()
        self._thread.join()
        self.server.close()
        return code


def request_in_background(server: Orthanc, path: str) -> threading.Thread:
    """Send a request and ignore its response."""

    def ask() -> None:
        with contextlib.suppress(requests.RequestException):
            requests.get(server.url + path, timeout=120)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Collect the output of a running process, and wait for a line of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import IO


class Output:
    """Collects the lines of a stream in a thread of its own, so that the process never blocks."""

    def __init__(self, stream: IO[bytes], on_line: Callable[[str], None] | None = None) -> None:
        self._stream = stream
        self._on_line = on_line
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            for raw in self._stream:
                line = raw.decode("utf-8", "replace").replace("\r\n", "\n")
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
                if self._on_line is not None:
                    self._on_line(line)

    @property
    def text(self) -> str:
        """Everything read so far."""
        with self._changed:
            return "".join(self._lines)

    def join(self, timeout: float) -> None:
        """Wait for the end of the stream. A child of the process may hold it open forever."""
        self._thread.join(timeout)

    def wait_for(self, pattern: str, timeout: float) -> re.Match[str]:
        """Wait until the regular expression (multi-line mode) is found."""
        compiled = re.compile(pattern, re.MULTILINE)
        with self._changed:
            match = self._changed.wait_for(lambda: compiled.search("".join(self._lines)), timeout)
        if match is None:
            last = tail(self.text)
            raise TimeoutError(f"{pattern!r} was not printed within {timeout} s\n{last}")
        return match


def tail(text: str, lines: int = 40) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-lines:])

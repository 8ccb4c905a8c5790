# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Collect the output of a running process, and wait for a line of it."""

from __future__ import annotations

import os
import re
import select
import sys
import threading
from collections.abc import Callable
from typing import IO

_BLOCK = 65536
# An unfinished line that may be one of Orthanc's log: its rest follows at once
_BEGIN_OF_LOG = re.compile(rb"[EWIT](\d{0,3}$|\d{4}($| ))")


class Output:
    """Collects the lines of a stream in a thread of its own, so that the process never blocks."""

    def __init__(self, stream: IO[bytes], on_line: Callable[[str], None] | None = None) -> None:
        self._stream = stream
        self._on_line = on_line
        self._lines: list[str] = []
        self._unfinished = b""
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        told = 0  # lines
        begun = 0  # bytes of the next line
        while not self._ended:
            self._receive()
            if self._on_line is not None:
                for line in self._lines[told:]:
                    self._on_line(line if not begun else _from(line, begun))
                    begun = 0
                told = len(self._lines)
                begun += self._show_prompt(begun)
        self._stream.close()

    def _show_prompt(self, begun: int) -> int:
        """Pass on the unfinished line, such as the prompt of a debugger; return its new bytes."""
        new = self._unfinished[begun:]
        if not new or self._ended or _BEGIN_OF_LOG.match(self._unfinished):
            return 0
        try:
            text = new.decode("utf-8")
        except UnicodeDecodeError:  # a character is incomplete
            return 0
        assert self._on_line is not None
        self._on_line(text)
        return len(new)

    def _receive(self) -> None:
        if sys.platform == "win32":
            data = os.read(self._stream.fileno(), _BLOCK)
            with self._changed:
                self._add(data)
        else:
            _has_data(self._stream, None)
            with self._changed:
                self._drain()

    def _drain(self) -> None:
        """Take all that is in the pipe; the caller holds the lock."""
        while not self._ended and _has_data(self._stream, 0):
            self._add(os.read(self._stream.fileno(), _BLOCK))

    def _add(self, data: bytes) -> None:
        """Add data of the stream; none are its end."""
        self._ended = not data
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        lines = [line + b"\n" for line in lines]
        if self._ended and self._unfinished:
            lines.append(self._unfinished)
        self._lines += (line.decode("utf-8", "replace").replace("\r\n", "\n") for line in lines)
        self._changed.notify_all()

    @property
    def text(self) -> str:
        """All complete lines that the process has printed.

        The last ones may be missing on Windows, where a pipe cannot be polled, and with `on_line`,
        which only the thread calls.
        """
        with self._changed:
            if sys.platform != "win32" and self._on_line is None:
                self._drain()
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


def _has_data(stream: IO[bytes], timeout: float | None) -> bool:
    """Whether a read would not block; True at the end of the stream."""
    poll = select.poll()
    poll.register(stream.fileno(), select.POLLIN)
    return bool(poll.poll(timeout))


def _from(line: str, begun: int) -> str:
    """The line without its first bytes."""
    return line.encode("utf-8", "replace")[begun:].decode("utf-8", "replace")


def tail(text: str, lines: int = 40) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-lines:])

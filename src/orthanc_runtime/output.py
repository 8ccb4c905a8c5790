# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Standard output and standard error of the script, as lines of Orthanc's log.

This module also runs in worker processes: see worker_output.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BufferedIOBase, TextIOWrapper
from threading import get_ident
from typing import Any

_LONGEST = 65536  # bytes of an unfinished line

destination = "stdout"  # "stdout", "log" or "both"
write_line: Callable[[str], bool]


def install(write: Callable[[str], bool], output: str) -> None:
    """Send standard output and standard error to `write`, line by line.

    `write` returns False if the log is closed. `output` is the option `Python.Output`.
    """
    global write_line, destination
    write_line = write
    destination = "stdout" if output == "auto" else output
    for name in "stdout", "stderr":
        stream = getattr(sys, name)
        if stream is None or (stream is getattr(sys, f"__{name}__") and hasattr(stream, "buffer")):
            setattr(sys, name, _wrap(stream))


def finish() -> None:
    """Write unfinished lines."""
    for buffer, _ in _wrapped:
        buffer.finish()


_wrapped: list[tuple[_LinesBuffer, TextIOWrapper]] = []  # a wrapper that is freed closes its buffer


def _wrap(stream: Any) -> TextIOWrapper:
    buffer = _LinesBuffer(stream)
    errors = getattr(stream, "errors", None) or "strict"
    wrapper = TextIOWrapper(
        buffer,
        encoding=buffer.encoding,
        errors="backslashreplace" if errors == "strict" else errors,
        line_buffering=True,
        write_through=True,  # each text arrives on the thread that writes it
    )
    wrapper.mode = "w"  # type: ignore[misc]
    _wrapped.append((buffer, wrapper))
    return wrapper


class _LinesBuffer(BufferedIOBase):
    """The binary buffer of such a stream. It takes no lock: `__del__` or a signal handler may
    write on a thread that is already writing.
    """

    def __init__(self, stream: Any) -> None:
        self.raw = stream and stream.buffer  # None if the process has no such stream
        self.name = getattr(stream, "name", "<orthanc>")
        self.mode = "wb"
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self._unfinished: dict[int, bytes] = {}  # by thread

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.raw is not None and bool(self.raw.isatty())

    def fileno(self) -> int:
        return super().fileno() if self.raw is None else int(self.raw.fileno())

    def flush(self) -> None:
        if self.raw is not None:
            self.raw.flush()

    def write(self, data: Any) -> int:
        data = bytes(data)
        if destination != "log" and self.raw is not None:
            self.raw.write(data)
        if destination != "stdout" or self.raw is None:
            self._split(data)
        return len(data)

    def _split(self, data: bytes) -> None:
        thread = get_ident()
        *lines, rest = (self._unfinished.pop(thread, b"") + data).split(b"\n")
        # a progress bar overwrites its line after a carriage return
        rest = rest[rest.rfind(b"\r", 0, -1) + 1 :]
        if len(rest) > _LONGEST:
            lines.append(rest)
        elif rest:
            self._unfinished[thread] = rest
        for line in lines:
            self._log(line)

    def _log(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        text = line[line.rfind(b"\r") + 1 :].decode(self.encoding, "backslashreplace")
        if text and not write_line(text) and destination == "log" and self.raw is not None:
            self.raw.write(line + b"\n")
            self.raw.flush()

    def finish(self) -> None:
        """Write unfinished lines."""
        for thread in list(self._unfinished):
            self._log(self._unfinished.pop(thread, b""))

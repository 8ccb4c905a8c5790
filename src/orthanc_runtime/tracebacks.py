# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The format of exceptions in Orthanc's log."""

from __future__ import annotations

import sys
from types import FrameType

from . import loaded

_FRAMES = 50  # in a report without the standard library
# Control characters, which may come from the network, could hide parts of the log on a terminal
_ESCAPES = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in b"\t\n"
} | {0x2028: "\\u2028", 0x2029: "\\u2029"}


def format_exception(exception: BaseException, headline: str = "") -> str:
    """The standard traceback, with chained exceptions and notes, and a hint if one is known.

    It has the frames of the script and of the libraries that the script calls. The status page
    shows it below `headline`, if there is one.
    """
    try:
        from . import traceback_format

        text = traceback_format.text(exception)
    except Exception as error:  # such as an OSError: no file, no module can be opened any more
        text = _plain(exception, type(error).__name__)
    text = text.replace("\r\n", "\n").translate(_ESCAPES)
    recent = loaded("recent_errors") if headline else None
    if recent is not None:
        recent.record(headline, text)
    return text


def one_line(text: str) -> str:
    """A text that may come from the network, as a part of one line of the log."""
    return text.translate({**_ESCAPES, ord("\n"): "\\x0a"})


def _plain(exception: BaseException, reason: str) -> str:
    """The frames and the message, without any module of the standard library."""
    frames: list[str] = []
    trace = exception.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(("<orthanc_runtime", "<frozen importlib")):
            frames.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    try:
        message = str(exception).replace("\n", "\n  ")  # begins no record of the log
    except Exception:
        message = "<exception str() failed>"
    kind = type(exception)
    name = f"{kind.__module__}.{kind.__qualname__}".replace("builtins.", "", 1)
    last = f"{name}: {message}" if message else name
    last += f" (its traceback cannot be formatted: {reason})"
    return "\n".join(["Traceback (most recent call last):", *frames[-_FRAMES:], last])


def place_of_caller() -> str:
    """The file and line of the script that calls Orthanc on this thread."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith("<orthanc_runtime"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "an unknown place"

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The format of exceptions in Orthanc's log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

_HEADER = "Traceback (most recent call last):"


def format_exception(exception: BaseException) -> str:
    """The standard traceback, with chained exceptions and notes, and a hint if one is known.

    It has the frames of the script and of the libraries that the script calls.
    """
    try:
        return _format(exception)
    except Exception as error:  # such as a RecursionError, for groups in groups
        name = f"{type(exception).__module__}.{type(exception).__qualname__}"
        return f"{name} (its traceback cannot be formatted: {type(error).__name__})"


def _format(exception: BaseException) -> str:
    import traceback  # needed after mistakes only

    from . import error_hints

    report = traceback.TracebackException.from_exception(exception)
    for part in _parts(report):
        part.stack[:] = [frame for frame in part.stack if not _is_machinery(frame)]
    text = "".join(report.format()).rstrip("\n")
    if _HEADER not in text:  # a SyntaxError has no frame of the script
        text = f"{_HEADER}\n{text}"
    hint = error_hints.hint(exception)
    return f"{text}\nHint: {hint}" if hint else text


def _parts(report: Any) -> Iterator[Any]:
    """The exception, its chained exceptions, and the members of exception groups.

    A chain may be longer than the limit of recursion.
    """
    waiting = [report]
    while waiting:
        part = waiting.pop()
        if part is not None:
            yield part
            waiting += [part.__cause__, part.__context__]
            waiting += getattr(part, "exceptions", None) or ()


def _is_machinery(frame: Any) -> bool:
    """Whether a frame belongs to this plugin, an import statement, or the start of a thread."""
    if frame.filename.startswith(("<orthanc_runtime", "<frozen importlib")):
        return True
    import threading

    beginning = ("_bootstrap", "_bootstrap_inner", "run")
    return frame.name in beginning and frame.filename == threading.__file__


def place_of_caller() -> str:
    """The file and line of the script that calls Orthanc on this thread."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith("<orthanc_runtime"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "an unknown place"

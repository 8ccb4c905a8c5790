# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exception of the module, and the format of exceptions in Orthanc's log."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

_HEADER = "Traceback (most recent call last):"


class OrthancException(Exception):
    """An error reported by Orthanc; `args` is `(code, text)`.

    The code is a value of `orthanc.ErrorCode`, or one that `orthanc.RegisterErrorCode` returned. If
    a REST callback raises it, the code sets the HTTP status: UNKNOWN_RESOURCE is a 404.
    """

    __module__ = "orthanc"


class OrthancStopping(SystemExit):
    """Raised in a callback that delays the shutdown of Orthanc."""

    def __init__(self) -> None:
        super().__init__("Orthanc is stopping")


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


def unknown_name(message: str) -> AttributeError:
    """The exception for an attribute that does not exist."""
    if sys.version_info < (3, 10):
        return AttributeError(message)
    return AttributeError(message, name=None)  # Python adds no suggestion of its own


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The candidate that is spelled like `name`, as a question; empty if there is none."""
    from difflib import get_close_matches  # needed after mistakes only

    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.75)
    return f". Did you mean: {by_lower_case[found[0]]!r}?" if found else ""

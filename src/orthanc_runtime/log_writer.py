# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes messages and exceptions to Orthanc's log."""

from __future__ import annotations

from . import native
from .tracebacks import format_exception

ERROR, WARNING, INFO, TRACE = range(4)  # as orthanc.LogLevel

_enabled = False


def enable(enabled: bool) -> None:
    """Set whether the functions of this module write to the log."""
    global _enabled
    _enabled = enabled


def write(level: int, file: str, line: int, text: str) -> bool:
    """Write a message to Orthanc's log; False if the log is not in use, or Orthanc has ended."""
    return _enabled and native.log(level, file, line, text)


def report(headline: str, error: BaseException | None) -> bool:
    """Write an unhandled exception to Orthanc's log; False as for `write`."""
    try:
        return error is not None and write(
            ERROR, "", 0, f"{headline}, traceback:\n{format_exception(error, headline)}"
        )
    except Exception:  # such as a RecursionError: the standard hook needs less stack
        return False

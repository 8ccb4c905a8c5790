# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The format of exceptions in Orthanc's log."""

from __future__ import annotations

import sys
from types import FrameType

from . import loaded


def format_exception(exception: BaseException, headline: str = "") -> str:
    """The standard traceback, with chained exceptions and notes, and a hint if one is known.

    It has the frames of the script and of the libraries that the script calls. The status page
    shows it below `headline`, if there is one.
    """
    try:
        from . import traceback_format

        text = traceback_format.text(exception)
    except Exception as error:  # such as a RecursionError, for groups in groups
        name = f"{type(exception).__module__}.{type(exception).__qualname__}"
        text = f"{name} (its traceback cannot be formatted: {type(error).__name__})"
    recent = loaded("recent_errors") if headline else None
    if recent is not None:
        recent.record(headline, text)
    return text


def place_of_caller() -> str:
    """The file and line of the script that calls Orthanc on this thread."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith("<orthanc_runtime"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "an unknown place"

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exception of the module, and how exceptions look in Orthanc's log."""

from __future__ import annotations


class OrthancException(Exception):
    """An error reported by Orthanc; `args` is `(code, text)`.

    The code is a value of `orthanc.ErrorCode`, or that of `orthanc.RegisterErrorCode`. Raised by a
    REST callback, it chooses the HTTP status: UNKNOWN_RESOURCE is a 404.
    """

    __module__ = "orthanc"


class OrthancStopping(SystemExit):
    """Raised in a callback that keeps Orthanc from stopping."""

    def __init__(self) -> None:
        super().__init__("Orthanc is stopping")


def format_exception(exception: BaseException) -> str:
    """The standard traceback, with chained exceptions and notes."""
    import traceback  # with all that it imports, it would slow each start down

    lines = traceback.format_exception(type(exception), exception, exception.__traceback__)
    return "".join(lines).rstrip("\n")

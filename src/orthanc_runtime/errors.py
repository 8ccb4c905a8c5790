# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exceptions of the module, and the errors about names that do not exist."""

from __future__ import annotations

import sys
from collections.abc import Iterable


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

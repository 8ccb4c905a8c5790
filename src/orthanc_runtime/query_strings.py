# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Query strings, which some Orthancs pass on without decoding them."""

from __future__ import annotations

import functools
import re
from urllib.parse import unquote_plus

from . import module_attributes


def decoded(arguments: dict[str, str]) -> dict[str, str]:
    """The arguments of a request as the client meant them."""
    if not arguments or orthanc_decodes():
        return arguments
    return {_decode(name): _decode(value) for name, value in arguments.items()}


def _decode(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")


@functools.cache
def orthanc_decodes() -> bool:
    """Whether Orthanc decodes query strings before it splits them: all do except a few of Debian.

    Orthanc did so itself up to 1.9.7, and its server civetweb up to 1.14; since 1.12.10, Orthanc
    sets the option of civetweb.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", module_attributes.running_version)[:3])
    return not (1, 9, 8) <= numbers < (1, 12, 10) or _shared_civetweb() < (1, 15)


def _shared_civetweb() -> tuple[int, ...]:
    """The version of the library, if Orthanc does not contain it."""
    try:
        import ctypes

        function = ctypes.CDLL(None).mg_version
    except (ImportError, TypeError, OSError, AttributeError):
        return ()
    function.restype = ctypes.c_char_p
    return tuple(int(part) for part in re.findall(r"\d+", function().decode("ascii"))[:2])

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leave the routine messages of Orthanc out of the output, so that those of the script stand out.

Orthanc has no log level between warnings and errors, and logs its routine as warnings, as scripts
do. So known messages are left out, by their source file and text; all others are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_LINE = re.compile(r"W\d{4} \S+ +(?:\S+ +)?(?P<file>[\w.]+):\d+\] *(?P<text>.*)")
_NO_LOCALE = re.compile(r"E\d{4} .*Toolbox\.cpp:\d+\] *Cannot set global")  # "globale locale"
_OF_PLUGINS = "PluginsManager.cpp"  # logs for plugins; before Orthanc 1.12.4, also for scripts

# Orthanc 1.9.1 to 1.13.0, in the order of the start and the stop
_ROUTINE = re.compile(
    r"""Orthanc\ version:\ |
    Reading\ the\ configuration\ (from|file):\ |
    The\ paths\ in\ the\ Orthanc\ configuration\ will\ be\ interpreted\ relative\ to\ |
    Falling\ back\ to\ system-wide\ default\ locale|
    Loading\ external\ DICOM\ dictionary:\ |
    Loading\ plugin\(s\)\ from:\ |
    (SQLite\ index|Storage)\ directory:\ |
    HTTPS\ will\ use\ the\ CA\ certificates\ from\ this\ file:\ |
    No\ certificates\ are\ provided\ to\ validate\ peers|
    Lua\ says:\ Lua\ toolbox\ installed|
    Performance\ option\ "\w+"\ is\ not\ defined\ in\ your\ configuration|
    Patient\ level\ is\ enabled|
    Disk\ compression\ is\ disabled|
    No\ limit\ on\ the\ (number\ of\ stored\ patients|size\ of\ the\ storage\ area)|
    The\ jobs\ engine\ has\ (started|stopped)|
    DICOM\ server\ (listening|has\ stopped)|
    HTTP\ compression\ is\ |
    Limiting\ (on\ )?the\ maximum\ (body|file)\ size\ |
    Remote\ LUA\ script\ execution\ is\ disabled|
    (Rest\ API\ can\ not|REST\ API\ cannot)\ write\ to\ the\ file\ system|
    HTTP\ server\ (listening|has\ stopped)|
    Orthanc\ has\ started|
    Orthanc\ is\ stopping""",
    re.VERBOSE,
)
_ROUTINE_OF_PLUGINS = re.compile(
    r"""(Unr|R)egistering\ plugin\ '|
    Python\ plugin\ is\ (initializing|finalizing)|
    Version\ of\ the\ Orthanc\ SDK\ in\ use\ by\ the\ Python\ plugin:\ |
    Python\ \d[^,]*,\ interpreter:\ |
    Using\ Python\ script\ "|
    REST\ routes\ in\ Python:\ /|
    The\ Python\ script\ has\ \S+\ s\ to\ stop""",
    re.VERBOSE,
)


def is_routine(line: str) -> bool:
    """Whether the line is one that each Orthanc logs, and that names no problem."""
    found = _LINE.match(line)
    if found is None:
        return _NO_LOCALE.match(line) is not None
    messages = _ROUTINE_OF_PLUGINS if found["file"] == _OF_PLUGINS else _ROUTINE
    return messages.match(found["text"]) is not None


def without_routine(write: Callable[[str], None]) -> Callable[[str], None]:
    """Pass on all lines but the routine ones."""

    def filtered(line: str) -> None:
        if not is_routine(line):
            write(line)

    return filtered


def asks_for_details(arguments: Sequence[str]) -> bool:
    """Whether arguments of Orthanc ask for more than its usual log."""
    return any(argument.startswith(("--verbose", "--trace")) for argument in arguments)

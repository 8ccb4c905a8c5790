# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The beginning of a script's life inside Orthanc; shutdown.py has its end."""

from __future__ import annotations

import os
import sys
import threading  # noqa: F401  (its main thread is the one that first imports it, before 3.13)

from . import loaded, multiprocessing_hooks


def start(executable: str, base_executable: str, prefix: str) -> list[str]:
    """Set the interpreter up for a script. Returns warnings, if any.

    The arguments are those of the interpreter that was asked for.
    """
    for stream in (sys.stdout, sys.stderr):
        # what a script prints appears at once, among the lines of Orthanc's log
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, write_through=True)
    # A request gives the interpreter up whenever it calls Orthanc. Beside a thread that computes,
    # it comes back after this time; the usual 5 ms would be most of the request.
    sys.setswitchinterval(0.001)
    if not hasattr(sys, "argv"):
        sys.argv = [""]
    sys.executable = executable
    if sys.platform == "win32":
        # multiprocessing starts this one; before 3.11 it is the program that runs, Orthanc
        sys._base_executable = base_executable  # type: ignore[attr-defined]
    shutdown = loaded("shutdown")
    if shutdown is not None:
        shutdown.revive()
    multiprocessing_hooks.prepare()
    if not os.path.samefile(sys.prefix, prefix):
        return [
            f"Python runs with the prefix {sys.prefix}, but {executable} has {prefix}: the "
            "environment variables PYTHONHOME and PYTHONPATH may be wrong"
        ]
    return []

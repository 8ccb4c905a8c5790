# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prepare the interpreter for a script; shutdown.py is the counterpart."""

from __future__ import annotations

import os
import sys
import threading  # noqa: F401  (before 3.13, the first thread to import it is its main thread)

from . import loaded, multiprocessing_hooks

_DEBUGGER_PORT = "ORTHANC_PYTHON_DEBUG"  # set by `orthanc-python run --debug`


def start(executable: str, base_executable: str, prefix: str) -> list[str]:
    """Set the interpreter up for a script. Returns warnings, if any.

    The arguments describe the interpreter that the configuration asks for.
    """
    for name in "stdout", "stderr":
        stream = getattr(sys, name)
        if getattr(stream, "closed", False):  # by the script, before a reset
            original = getattr(sys, f"__{name}__")
            stream = None if getattr(original, "closed", True) else original
            setattr(sys, name, stream)
        # text that a script prints appears at once, among the lines of Orthanc's log
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, write_through=True)
    # A request releases the GIL whenever it calls Orthanc. If another thread computes, the request
    # waits this long to acquire the GIL again; the default of 5 ms would dominate its duration.
    sys.setswitchinterval(0.001)
    if not hasattr(sys, "argv"):
        sys.argv = [""]
    sys.executable = executable
    if sys.platform == "win32":
        # multiprocessing starts this executable; before 3.11, the default is Orthanc's
        sys._base_executable = base_executable  # type: ignore[attr-defined]
    shutdown = loaded("shutdown")
    if shutdown is not None:
        shutdown.revive()
    multiprocessing_hooks.prepare()
    port = os.environ.get(_DEBUGGER_PORT)
    if port:
        from . import debugger

        debugger.await_editor(int(port))
    if not os.path.samefile(sys.prefix, prefix):
        return [
            f"Python runs with the prefix {sys.prefix}, but {executable} has {prefix}: the "
            "environment variables PYTHONHOME and PYTHONPATH may be wrong"
        ]
    return []

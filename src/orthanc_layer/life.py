# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The beginning and the end of a script's life inside Orthanc."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
import traceback
import weakref
from types import ModuleType
from typing import Any

from . import memory


def start(executable: str, prefix: str) -> list[str]:
    """Set the interpreter up for a script. Returns warnings, if any.

    `executable` and `prefix` are those of the interpreter that was asked for.
    """
    for stream in (sys.stdout, sys.stderr):
        # what a script prints appears at once, among the lines of Orthanc's log
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, write_through=True)
    if not hasattr(sys, "argv"):
        sys.argv = [""]
    sys.executable = executable
    _revive()
    if not os.path.samefile(sys.prefix, prefix):
        return [
            f"Python runs with the prefix {sys.prefix}, but {executable} has {prefix}: the "
            "environment variables PYTHONHOME and PYTHONPATH may be wrong"
        ]
    return []


def stop(seconds: float) -> list[str]:
    """End what the script has started; waits `seconds` at most for its threads.

    Returns what could not be ended, in words.
    """
    memory.stop()
    problems = _end_threads(time.monotonic() + seconds)
    try:
        # multiprocessing ends its processes here, logging flushes its handlers
        atexit._run_exitfuncs()
    except BaseException:
        problems.append("Error in a function registered with atexit:\n" + traceback.format_exc())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # no stream, or the script has closed it
    return problems


def _module(name: str) -> Any:
    module = sys.modules.get(name)
    return module if isinstance(module, ModuleType) else None


def _end_threads(deadline: float) -> list[str]:
    """Join the threads that a Python program would join at its end."""
    executors = _module("concurrent.futures.thread")
    if executors is not None:
        # idle workers of a ThreadPoolExecutor wait for this; without the flag they would go on
        executors._shutdown = True
        for queue in list(executors._threads_queues.values()):
            queue.put(None)
    left = []
    for thread in threading.enumerate():
        foreign = isinstance(thread, threading._DummyThread) or thread is threading.main_thread()
        if foreign or thread.daemon or thread is threading.current_thread():
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(_describe(thread))
    if executors is not None:
        executors._shutdown = False
    return left


def _describe(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
    return f'The Python thread "{thread.name}" does not end and is left behind:\n{stack}'.rstrip()


def _revive() -> None:
    """Undo what `stop` did to modules that stay imported over a reset of Orthanc."""
    finalize: Any = weakref.finalize
    if finalize._shutdown:
        finalize._shutdown = False
        finalize._registered_with_atexit = False
        atexit.register(logging.shutdown)
        processes = _module("multiprocessing.util")
        if processes is not None:
            processes._exiting = False
            atexit.register(processes._exit_function)

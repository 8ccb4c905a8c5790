# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The beginning and the end of a script's life inside Orthanc."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from types import ModuleType
from typing import Any

from . import memory, workers


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
    _revive()
    workers.prepare()
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
    workers.stop()
    problems = _end_threads(time.monotonic() + seconds)
    try:
        # multiprocessing ends its processes here, logging flushes its handlers
        atexit._run_exitfuncs()
    except BaseException:
        import traceback

        problems.append("Error in a function registered with atexit:\n" + traceback.format_exc())
    workers.forget()
    for stream in (sys.stdout, sys.stderr):
        # there may be no stream, or the script has closed it
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    return problems


def format_stack(identifier: int) -> str:
    """The Python stack of a thread, the innermost call last."""
    frame = sys._current_frames().get(identifier)
    if frame is None:
        return "(no Python stack)"
    import traceback  # with all that it imports, it would slow each start down

    return "".join(traceback.format_stack(frame)).rstrip()


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
    stack = format_stack(thread.ident or 0)
    return f'The Python thread "{thread.name}" does not end and is left behind:\n{stack}'


def _revive() -> None:
    """Undo what `stop` did to modules that stay imported over a reset of Orthanc."""
    finalize: Any = weakref.finalize
    if finalize._shutdown:
        finalize._shutdown = False
        finalize._registered_with_atexit = False
        logging = _module("logging")
        if logging is not None:
            atexit.register(logging.shutdown)
        processes = _module("multiprocessing.util")
        if processes is not None:
            processes._exiting = False
            atexit.register(processes._exit_function)

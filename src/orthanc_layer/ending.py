# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of a script's life inside Orthanc."""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
import time
import traceback
from typing import Any

from . import loaded, processes

_NO_STACK = "(no Python stack)"


def stop(seconds: float) -> list[str]:
    """End what the script has started; waits `seconds` at most for its threads.

    Returns what could not be ended, in words.
    """
    memory = loaded("memory")
    if memory is not None:
        memory.stop()
    processes.stop()
    problems = _end_threads(time.monotonic() + seconds)
    try:
        # multiprocessing ends its processes here, logging flushes its handlers
        atexit._run_exitfuncs()
    except BaseException:
        problems.append("Error in a function registered with atexit:\n" + traceback.format_exc())
    processes.forget()
    for stream in (sys.stdout, sys.stderr):
        # there may be no stream, or the script has closed it
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    return problems


def format_stack(identifier: int) -> str:
    """The Python stack of a thread, the innermost call last."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return _stack_without_gil(identifier)
    frame = sys._current_frames().get(identifier)
    if frame is None:
        return _NO_STACK
    return "".join(traceback.format_stack(frame)).rstrip()


def _stack_without_gil(identifier: int) -> str:
    """The frames of a thread that goes on running cannot be walked through: they would be gone
    meanwhile. faulthandler stops all threads for the time that it needs.
    """
    import faulthandler
    import tempfile

    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        dump = file.read().decode("utf-8", "replace")
    for thread in dump.split("\n\n"):
        headline, _, frames = thread.partition("\n")
        if f"hread 0x{identifier:016x} " in headline:
            return "\n".join(reversed(frames.splitlines()))
    return _NO_STACK


def _end_threads(deadline: float) -> list[str]:
    """Join the threads that a Python program would join at its end."""
    executors: Any = sys.modules.get("concurrent.futures.thread")
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

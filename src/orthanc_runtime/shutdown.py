# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shut down a script, in the order in which Python ends a program."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakSet

from . import exit_functions, loaded, log_writer, multiprocessing_hooks, native

_NO_STACK = "(no Python stack)"
_JOIN_SECONDS = 0.25  # for threads to finish after the processes that they wait for were ended
_TERMINATE_SECONDS = 1  # from SIGTERM to SIGKILL

_threading: Any = threading
_stopped = False
_left_behind: WeakSet[threading.Thread] = WeakSet()


def stop(seconds: float) -> list[str]:
    """End the threads and processes that the script has started, within `seconds`.

    Returns descriptions of those that could not be ended.
    """
    global _stopped
    _stopped = True
    memory = loaded("memory_usage")
    if memory is not None:
        memory.stop()
    multiprocessing_hooks.stop()
    # The functions of atexit get the last quarter of the time, nearly all of it for joins.
    start = time.monotonic()
    deadline = start + 0.75 * seconds
    problems = _stop_applications(deadline)
    event_loop = loaded("event_loop")
    if event_loop is not None:
        problems += event_loop.stop(deadline)
    with _processes_end(deadline, problems):
        problems += exit_functions.run_threading(deadline + _JOIN_SECONDS)
        _end_main_thread()
        problems += _join_threads(deadline + _JOIN_SECONDS)
        problems += exit_functions.run_atexit(start + 0.9 * seconds)
    multiprocessing_hooks.forget()
    for stream in (sys.stdout, sys.stderr):
        # the stream may be None, or closed by the script
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    output = loaded("output")
    if output is not None:
        output.finish()
    return problems


def settle(seconds: float) -> None:
    """Let the coroutines of the script end while Orthanc still works."""
    deadline = time.monotonic() + seconds
    for problem in _stop_applications(time.monotonic() + seconds / 2):
        native.log(log_writer.WARNING, "", 0, problem)
    event_loop = loaded("event_loop")
    if event_loop is not None:
        event_loop.settle(deadline - time.monotonic())


def _stop_applications(deadline: float) -> list[str]:
    """Shut down the mounted web applications, which need the event loop."""
    mounts = loaded("mounts")
    problems: list[str] = mounts.stop(deadline) if mounts is not None else []
    return problems


def revive() -> None:
    """Undo the effects of `stop` on modules that stay imported over a reset of Orthanc."""
    global _stopped
    if _stopped:
        _stopped = False
        exit_functions.revive()
        event_loop = loaded("event_loop")
        if event_loop is not None:
            event_loop.revive()
        _threading._main_thread = _threading._MainThread()


def describe_threads() -> list[str]:
    """The threads that `stop` waits for, with their stacks."""
    lines = [_describe(thread, "still runs") for thread in _awaited_threads()]
    return lines or ["No thread of the script still runs"]


def format_stack(identifier: int) -> str:
    """The Python stack of a thread, the innermost call last."""
    return format_stacks([identifier])[0]


def format_stacks(identifiers: Iterable[int]) -> list[str]:
    """The Python stacks of threads."""
    # sys._is_gil_enabled() varies: the import of a C extension enables the GIL for a moment
    dump = _dump() if "free-threading build" in sys.version else None
    event_loop = loaded("event_loop")
    stacks = []
    for identifier in identifiers:
        stack = _stack_of_thread(identifier) if dump is None else _stack_in(dump, identifier)
        waits_for = event_loop.describe_wait(identifier) if event_loop is not None else ""
        stacks.append(stack + waits_for)
    return stacks


def _stack_of_thread(identifier: int) -> str:
    frame = sys._current_frames().get(identifier)
    if frame is None:
        return _NO_STACK
    return "".join(traceback.format_stack(frame)).rstrip()


def _dump() -> str:
    """The stacks from faulthandler, which stops all threads while it dumps. Without the GIL, the
    frames of a running thread may disappear while they are read.
    """
    import faulthandler
    import tempfile

    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return file.read().decode("utf-8", "replace")


def _stack_in(dump: str, identifier: int) -> str:
    for thread in dump.split("\n\n"):
        headline, _, frames = thread.partition("\n")
        if f"hread 0x{identifier:016x} " in headline:
            return "\n".join(reversed(frames.splitlines()))
    return _NO_STACK


@contextlib.contextmanager
def _processes_end(deadline: float, problems: list[str]) -> Iterator[None]:
    """End the processes of multiprocessing that still run at `deadline`.

    Executors, and multiprocessing itself at the end of a program, wait for them without a limit.
    """
    over = threading.Event()

    def run() -> None:
        module = sys.modules.get("multiprocessing.process")
        if module is None or over.wait(max(0.0, deadline - time.monotonic())):
            return
        running = list(module._children)
        for process in running:
            problems.append(f"{process!r} does not end and is terminated")
            process.terminate()
        if not over.wait(_TERMINATE_SECONDS):
            for process in running:
                process.kill()

    try:
        threading.Thread(target=run, name="PY-PROCESSES", daemon=True).start()
    except RuntimeError:
        problems.append(
            "Cannot start a thread: the stop waits for child processes without a time limit"
        )
    try:
        yield
    finally:
        over.set()


def _end_main_thread() -> None:
    """Wake the threads that join threading.main_thread(), as Python does."""
    main: Any = threading.main_thread()
    handle = getattr(main, "_os_thread_handle", None) or getattr(main, "_handle", None)
    if handle is not None:  # 3.13
        handle._set_done()
    elif main.ident == threading.get_ident() and main._tstate_lock is not None:
        main._tstate_lock.release()
        main._stop()


def _join_threads(deadline: float) -> list[str]:
    """Join the threads that a Python program would join at its end."""
    left: list[threading.Thread] = []
    # threads may start others meanwhile
    while threads := [thread for thread in _awaited_threads() if thread not in left]:
        for thread in threads:
            # not the method of a subclass, which Python does not call at its end either
            threading.Thread.join(thread, max(0.0, deadline - time.monotonic()))
            if threading.Thread.is_alive(thread):
                left.append(thread)
        if time.monotonic() > deadline:
            break
    return [_leave_behind(thread) for thread in left]


def _awaited_threads() -> list[threading.Thread]:
    ignored = (threading.main_thread(), threading.current_thread(), *_left_behind)
    kinds = _threading._DummyThread
    # A thread that is being started cannot be joined yet; its starter waits for it
    started = (thread for thread in _threading.enumerate() if thread._started.is_set())
    threads = {thread for thread in started if not thread.daemon}
    return [
        thread
        for thread in threads | exit_functions.awaited_threads()
        if thread not in ignored and not isinstance(thread, kinds)
    ]


def _leave_behind(thread: Any) -> str:
    _left_behind.add(thread)  # the next stop, after a reset, does not wait for it
    thread.join = lambda timeout=None: None  # nor does an executor that owns it
    return _describe(thread, "does not end: Orthanc does not wait for it")


def _describe(thread: threading.Thread, state: str) -> str:
    return f'The Python thread "{thread.name}" {state}:\n{format_stack(thread.ident or 0)}'

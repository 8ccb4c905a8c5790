# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions that modules have registered for the end of the program.

A reset of Orthanc is such an end for the script, but Python's modules stay imported: they do not
register a second time, so their state must be restored.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

_MOMENT = 0.25  # seconds that a function gets after the deadline

_threading: Any = threading
# (globals of a module, name, value) of flags such as concurrent.futures.thread._shutdown
_flags: list[tuple[dict[str, Any], str, bool]] = []


def run_threading(deadline: float) -> list[str]:
    """Call the functions of threading._register_atexit, the last one first.

    Executors join their threads here without a limit, so each function runs on a thread that
    shutdown need not wait for.
    """
    _threading._SHUTTING_DOWN = True
    problems: list[str] = []
    for call in reversed(_threading._threading_atexits):
        function = _function_of(call)
        _remember_flags(function)
        if not _returns_in_time(call, deadline, problems):
            name = f"{function.__module__}.{getattr(function, '__qualname__', function)}"
            problems.append(
                f"{name}, which ends threads, does not return: Orthanc does not wait for it"
            )
    return problems


def awaited_threads() -> set[threading.Thread]:
    """The threads of executors, which exit functions join although some are daemons."""
    dictionaries: list[Any] = []
    for call in _threading._threading_atexits:
        function = _function_of(call)
        if isinstance(function, FunctionType):
            used = (function.__globals__.get(name) for name in function.__code__.co_names)
            dictionaries += (value for value in used if isinstance(value, WeakKeyDictionary))
    return {
        thread
        for dictionary in dictionaries
        for thread in list(dictionary)
        if isinstance(thread, threading.Thread) and thread.is_alive()
    }


def run_atexit(deadline: float) -> list[str]:
    """Call the functions of atexit, e.g. to end multiprocessing's processes and flush logging."""
    problems: list[str] = []
    try:
        with _joins_return(deadline, problems):
            atexit._run_exitfuncs()
    except BaseException:
        problems.append("Error in a function registered with atexit:\n" + traceback.format_exc())
    return problems


@contextlib.contextmanager
def _joins_return(deadline: float, problems: list[str]) -> Iterator[None]:
    """Let no join of a thread last longer than `deadline`.

    multiprocessing joins the thread of each queue, which waits for a reader of the queue's items.
    No exception interrupts a join.
    """
    join = threading.Thread.join

    def join_in_time(thread: threading.Thread, timeout: float | None = None) -> None:
        left = max(0.0, deadline - time.monotonic())
        join(thread, left if timeout is None else min(timeout, left))
        if timeout is None and thread.is_alive():
            problems.append(_unfinished(thread))

    threading.Thread.join = join_in_time  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        threading.Thread.join = join  # type: ignore[method-assign]


def _unfinished(thread: threading.Thread) -> str:
    problem = (
        f'A function registered with atexit waits for the thread "{thread.name}", which does not '
        "end: Orthanc does not wait for it"
    )
    if thread.name == "QueueFeederThread":
        problem += (
            ". A multiprocessing.Queue has items that no process has read, and they are lost: read "
            "them before the stop, or call cancel_join_thread() of the queue"
        )
    return problem


def revive() -> None:
    """Register the functions of modules that stay imported again, and restore their flags."""
    _threading._SHUTTING_DOWN = False
    _threading._threading_atexits[:] = [
        call for call in _threading._threading_atexits if _stays(_function_of(call))
    ]
    for namespace, name, value in _flags:
        namespace[name] = value
    _flags.clear()
    _revive_atexit()


def _revive_atexit() -> None:
    logging = _module("logging")
    if logging is not None:
        atexit.register(logging.shutdown)
    processes = _module("multiprocessing.util")
    if processes is not None:
        processes._exiting = False
        atexit.register(processes._exit_function)
    weakref = _module("weakref")
    if weakref is not None and weakref.finalize._shutdown:
        weakref.finalize._shutdown = False
        weakref.finalize._registered_with_atexit = False  # the next finalizer registers it


def _module(name: str) -> Any:
    module = sys.modules.get(name)
    return module if isinstance(module, ModuleType) else None


def _function_of(call: Any) -> Any:
    """The argument of threading._register_atexit, which keeps a partial or (3.13) a lambda."""
    if isinstance(call, functools.partial):
        return call.func
    if isinstance(call, FunctionType) and "func" in call.__code__.co_freevars:
        cells = call.__closure__ or ()
        return cells[call.__code__.co_freevars.index("func")].cell_contents
    return call


def _stays(function: Any) -> bool:
    """Whether the function belongs to a module that is still imported, and not to the script."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    return getattr(module, getattr(function, "__name__", ""), None) is function


def _remember_flags(function: Any) -> None:
    """Save the flags that a function may set, e.g. concurrent.futures.thread._shutdown."""
    if isinstance(function, FunctionType):
        namespace = function.__globals__
        for name in function.__code__.co_names:
            if isinstance(namespace.get(name), bool):
                _flags.append((namespace, name, namespace[name]))


def _returns_in_time(call: Callable[[], object], deadline: float, problems: list[str]) -> bool:
    def run() -> None:
        try:
            call()
        except BaseException:
            problems.append(
                "Error in a function registered with threading._register_atexit:\n"
                + traceback.format_exc()
            )

    thread = threading.Thread(target=run, name="PY-EXIT", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system refuses another thread
        run()
        return True
    thread.join(max(_MOMENT, deadline - time.monotonic()))
    return not thread.is_alive()

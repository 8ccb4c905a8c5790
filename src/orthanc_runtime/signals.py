# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signals that ask Orthanc to shut down while it imports the script.

Orthanc installs its handlers later. Without a handler, a signal would kill the process at once:
`finally` and `atexit` would not run, and the processes of a pool would remain.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from types import FrameType

# Python's defaults, or (None) a handler that is not written in Python: the plugin's own one, which
# only records the signal.
_UNTOUCHED = (signal.SIG_DFL, signal.default_int_handler, None)
_NAMES = ("SIGINT", "SIGTERM", "SIGBREAK")


def _interrupt(number: int, frame: FrameType | None) -> None:
    names = [name for name in _NAMES if getattr(signal, name, None) == number]
    raise SystemExit(f"interrupted by {names[0]}")


def _restore(handlers: tuple[object, ...] = (_interrupt,)) -> None:
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in handlers:
            signal.signal(number, signal.SIG_DFL)


def interruptibly(function: Callable[[], None]) -> None:
    """Call `function`; during the call such a signal raises SystemExit in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        function()  # Python handles signals in its main thread only
        return
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in _UNTOUCHED:
            signal.signal(number, _interrupt)
    try:
        function()
    finally:
        _restore()


class _Forking(threading.local):
    mask: Iterable[int] = ()


_forking = _Forking()


def _before_fork() -> None:
    _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))


def _after_fork() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def _after_fork_in_child() -> None:
    _restore((_interrupt, *_UNTOUCHED))
    _after_fork()


if hasattr(os, "register_at_fork"):
    # multiprocessing ends its workers with SIGTERM. In a child, Orthanc's handler would do nothing,
    # and so would this one if the signal arrives too early.
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )

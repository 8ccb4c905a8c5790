# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Implementation of the option DisplayMemoryUsage."""

from __future__ import annotations

import threading

_stop = threading.Event()
_thread: threading.Thread | None = None


def start() -> None:
    """Print the memory that Python has allocated, each second, until `stop`."""
    global _thread
    import tracemalloc  # seldom needed

    tracemalloc.start()
    _stop.clear()
    _thread = threading.Thread(target=_run, name="PY-MEMORY", daemon=True)
    _thread.start()


def stop() -> None:
    """End the thread of `start`, if there is one."""
    global _thread
    _stop.set()
    if _thread is not None:
        _thread.join()
        _thread = None


def _run() -> None:
    import tracemalloc

    while not _stop.wait(1):
        used, _ = tracemalloc.get_traced_memory()
        print(f"Python memory usage: {used / 1048576:.3f}MB")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes that a script starts: to use all cores of the machine, whichever Python runs.

multiprocessing runs the file of the module `__main__` in each process that it starts afresh. There
is no such file inside Orthanc, so this module offers one: it brings worker.py to the process, so
that the script can be imported there. In a forked process the module `orthanc` is exchanged.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

from . import loaded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _orthanc() -> Any:
    return sys.modules.get("orthanc")


class _Main(ModuleType):
    """`__main__` with a file that exists from the moment when somebody wants it."""

    @property
    def __file__(self) -> str:  # type: ignore[override]
        if _orthanc() is None:
            raise AttributeError("__file__")
        from . import workers

        try:
            return workers.start_file()
        except Exception as error:  # Orthanc is stopping
            raise AttributeError("__file__") from error


def prepare() -> None:
    """Let processes be started from inside Orthanc."""
    sys.modules["__main__"].__class__ = _Main


def stop() -> None:
    """End the workers: Orthanc stops."""
    workers = loaded("workers")
    if workers is not None:
        workers.stop()


def forget() -> None:
    """Leave nothing behind that knows this run of Orthanc."""
    _end_fork_server()
    workers = loaded("workers")
    if workers is not None:
        workers.forget()


def _end_fork_server() -> None:
    module: Any = sys.modules.get("multiprocessing.forkserver")
    server = module and module._forkserver
    if server is None or server._forkserver_pid is None:
        return
    import contextlib
    import signal

    # ended by a signal, as it would otherwise go on until the last of its children ends
    with contextlib.suppress(OSError):
        os.kill(server._forkserver_pid, signal.SIGTERM)
    with contextlib.suppress(OSError):  # multiprocessing has removed its socket already
        server._stop()


def _before_fork() -> None:
    if _orthanc() is not None:
        try:
            from . import workers

            workers.settings()
        except Exception:
            return  # Orthanc is stopping


def _after_fork() -> None:
    """In the child: Orthanc's threads are not there, so its functions cannot be used anymore."""
    native = _orthanc()
    workers = loaded("workers")
    module = workers and workers.module_for_child()
    if native is None or module is None:
        return
    for other in list(sys.modules.values()):
        if isinstance(other, ModuleType) and vars(other).get("orthanc") is native:
            vars(other)["orthanc"] = module
    sys.modules["orthanc"] = module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hooks for worker processes, with which a script uses all cores of the machine.

multiprocessing runs the file of the module `__main__` in each process that is not forked. There
is no such file inside Orthanc, so this module provides one. The file loads worker_module.py, with
which the script can be imported. In a forked process, the module `orthanc` is replaced.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType

from . import loaded

_in_child = False


def _orthanc() -> ModuleType | None:
    return sys.modules.get("orthanc")


class _Main(ModuleType):
    """`__main__` with a file that is created at the first access."""

    @property
    def __file__(self) -> str:  # type: ignore[override]
        if _orthanc() is None:
            raise AttributeError("__file__")
        from . import worker_pool

        try:
            return worker_pool.start_file()
        except Exception as error:  # Orthanc is stopping
            raise AttributeError("__file__") from error


def prepare() -> None:
    """Enable multiprocessing inside Orthanc."""
    sys.modules["__main__"].__class__ = _Main


def stop() -> None:
    """End the workers when Orthanc shuts down."""
    worker_pool = loaded("worker_pool")
    if worker_pool is not None:
        worker_pool.stop()


def forget() -> None:
    """Delete all state that belongs to this run of Orthanc."""
    _end_fork_server()
    worker_pool = loaded("worker_pool")
    if worker_pool is not None:
        worker_pool.forget()


def _end_fork_server() -> None:
    module = sys.modules.get("multiprocessing.forkserver")
    server = module and module._forkserver
    if server is None or server._forkserver_pid is None:
        return
    import contextlib
    import signal

    # without a signal, the server would run until its last child ends
    with contextlib.suppress(OSError):
        os.kill(server._forkserver_pid, signal.SIGTERM)
    with contextlib.suppress(OSError):  # multiprocessing has already removed its socket
        server._stop()


def _preparing(fork: Callable[[], object]) -> Callable[[], object]:
    """os.fork(), preceded by the imports and settings that the child needs.

    Hooks of os.register_at_fork must import nothing. Before the fork they hold locks that an import
    by another thread may wait for; in the child, an import that another thread began never ends.
    """

    def prepared_fork() -> object:
        if _orthanc() is not None:
            try:
                from . import worker_pool

                worker_pool.settings()
            except Exception:  # Orthanc is stopping
                return fork()
        return fork()

    prepared_fork.__name__ = fork.__name__
    prepared_fork.__doc__ = fork.__doc__
    return prepared_fork


def _after_fork() -> None:
    """Replace `orthanc` in the child, where Orthanc has no threads and cannot be called."""
    global _in_child
    _in_child = True
    native = _orthanc()
    worker_pool = loaded("worker_pool")
    worker_import = loaded("worker_import")
    module = worker_pool and worker_pool.module_for_child()
    if native is None or module is None or worker_import is None:
        return
    worker_import.install_in_fork()
    for other in list(sys.modules.values()):
        if isinstance(other, ModuleType) and vars(other).get("orthanc") is native:
            vars(other)["orthanc"] = module
    sys.modules["orthanc"] = module


def end_if_forked_child(headline: str, exception: BaseException | None) -> None:
    """Call this on threads of the plugin after a function of the script."""
    if _in_child:
        end_forked_child(headline, exception)


def end_forked_child(headline: str, exception: BaseException | None) -> None:
    """End a child of os.fork() that returns to the plugin: it would be a second Orthanc.

    Orthanc's log cannot be used there. Nothing is imported: another thread of the parent may have
    been importing the same module.
    """
    code = 1
    try:
        code = _exit_code(exception)
        place = headline
        for prefix in ("Error in ", "Error while ", "Error during "):
            place = place.removeprefix(prefix)
        print(
            f"Python plugin: the child process {os.getpid()}, forked in {place}, has returned from "
            f"it and ends with exit code {code}: only the parent can go back to Orthanc. End a "
            "forked child with os._exit().",
            file=sys.stderr,
        )
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:  # noqa: SIM105  (nothing is imported here)
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass  # the stream is closed, or None
        os._exit(code)


def _exit_code(exception: BaseException | None) -> int:
    """The exit code, with the same output as at the end of a Python program."""
    if exception is None:
        return 0
    if not isinstance(exception, SystemExit):
        if exception.__traceback__ is None:
            return 0  # raised by the native part, which lacks a result: the callback has returned
        sys.__excepthook__(type(exception), exception, exception.__traceback__)
        return 1
    if exception.code is None or isinstance(exception.code, int):
        return exception.code or 0
    print(exception.code, file=sys.stderr)
    return 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
    for _name in ("fork", "forkpty"):
        if hasattr(os, _name):
            setattr(os, _name, _preparing(getattr(os, _name)))

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wait for the debugger of an editor, which then debugs all threads of Orthanc."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from importlib import import_module
from typing import Any

from . import native, signals

_HOST = "127.0.0.1"  # a debugger can run any code in this process
_RELEASE_TIMEOUT = 10  # seconds
_SPAWN_TIMEOUT = "60"  # seconds; the default of 15 may be too short on a busy machine

_listens = False


def await_editor(port: int) -> None:
    """Listen on the port, and return when an editor is attached.

    After a reset of Orthanc, the editor is still attached: the function returns at once.
    """
    global _listens
    if _listens:
        return
    # debugpy would warn of Python's frozen modules, which scripts do not debug
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("DEBUGPY_PROCESS_SPAWN_TIMEOUT", _SPAWN_TIMEOUT)
    try:
        debugpy: Any = import_module("debugpy")
    except ImportError as error:
        raise RuntimeError(
            f'--debug needs debugpy in {sys.executable}: pip install "orthanc-python[dev]"'
        ) from error
    _await_free(port)
    debugpy.listen((_HOST, port))
    _listens = True
    print(f"Waiting for a debugger: attach your editor to {_HOST}:{port}", flush=True)
    signals.interruptibly(debugpy.wait_for_client)
    print("The debugger is attached", flush=True)
    if sys.version_info < (3, 12):  # later ones monitor all threads
        native.on_enter(lambda: _trace(debugpy))


def _await_free(port: int) -> None:
    """Wait for the adapter of an Orthanc that `--reload` has just ended."""
    deadline = time.monotonic() + _RELEASE_TIMEOUT
    while True:
        with socket.socket() as probe:
            if os.name == "posix":  # as debugpy does: closed connections do not count
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        f"The port {port} of the debugger is in use: detach the editor, or choose "
                        "another port with --debug PORT"
                    ) from error
        time.sleep(0.05)


def _trace(debugpy: Any) -> None:
    threading.current_thread()  # debugpy ignores a thread that `threading` does not know
    debugpy.trace_this_thread(True)

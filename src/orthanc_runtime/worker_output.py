# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send the output of worker processes to Orthanc's log.

A worker has no access to the log. It sends its lines to a thread in Orthanc's process.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from . import output

_LONGEST = 8192  # characters per message of the Connection


class _Receiver:
    """Writes the lines of all workers to Orthanc's log."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._listener = Listener(authkey=self._key)
        self._closed = False
        threading.Thread(target=self._accept, name="PY-WORKER-OUTPUT", daemon=True).start()

    def settings(self) -> dict[str, Any]:
        """The argument of `connect` in a worker, as JSON values."""
        return {
            "address": self._listener.address,
            "key": self._key.hex(),
            "destination": output.destination,
        }

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            Client(self._listener.address).close()  # wakes the thread up

    def _accept(self) -> None:
        from multiprocessing import AuthenticationError

        while not self._closed:
            try:
                connection = self._listener.accept()
            except (AuthenticationError, EOFError):
                continue
            except OSError:
                time.sleep(0.1)  # such as too many open files
                continue
            name = "PY-WORKER-OUTPUT"
            threading.Thread(target=_read, args=(connection,), name=name, daemon=True).start()
        self._listener.close()


def _read(connection: Connection) -> None:
    with connection, contextlib.suppress(EOFError, OSError):
        while True:
            output.write_line(connection.recv_bytes().decode("utf-8", "backslashreplace"))


_receiver: _Receiver | None = None


def settings() -> dict[str, Any]:
    """The settings with which a worker sends its output."""
    global _receiver
    if _receiver is None:
        _receiver = _Receiver()
    return _receiver.settings()


def stop() -> None:
    """Stop receiving output."""
    global _receiver
    if _receiver is not None:
        _receiver.close()
        _receiver = None


_settings: dict[str, Any] | None = None


class _Sender(threading.local):
    """The connection of one thread in one process: it needs no lock."""

    process = 0
    connection: Any = None


_sender = _Sender()


def connect(settings: dict[str, Any]) -> None:
    """Send the output of this worker to Orthanc's log."""
    global _settings
    _settings = settings
    output.install(_send, settings["destination"])


def _send(text: str) -> bool:
    global _settings
    if _settings is None:
        return False
    try:
        if _sender.process != os.getpid():
            key = bytes.fromhex(_settings["key"])
            _sender.connection = Client(_settings["address"], authkey=key)
            _sender.process = os.getpid()
        for start in range(0, len(text), _LONGEST):
            part = text[start : start + _LONGEST]
            _sender.connection.send_bytes(part.encode("utf-8", "backslashreplace"))
    except Exception:  # Orthanc has ended, or runs on another machine
        _settings = None
        return False
    return True

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""TCP ports of this machine."""

from __future__ import annotations

import socket
import sys
import weakref

# On Linux, a server with SO_REUSEADDR, such as Orthanc, can listen on a port to which another
# socket with this option is bound. Linux never chooses such a port for a bind to port 0.
_CAN_RESERVE = sys.platform == "linux"

_reserved: dict[int, socket.socket] = {}
_handed_out: set[int] = set()


def free_port() -> int:
    """An unused port; never the same one twice in this process.

    On Linux, no other program gets the port, even while Orthanc closes it during a reset.
    """
    while True:
        probe = socket.socket()
        if _CAN_RESERVE:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("", 0))
        port = int(probe.getsockname()[1])
        if _CAN_RESERVE:
            _reserved[port] = probe
            return port
        probe.close()
        if port not in _handed_out:
            _handed_out.add(port)
            return port


def port_for(owner: object) -> int:
    """A port as of `free_port()`, released with the object `owner`."""
    port = free_port()
    weakref.finalize(owner, _release, port)
    return port


def _release(port: int) -> None:
    probe = _reserved.pop(port, None)
    if probe is not None:
        probe.close()


def is_free(port: int) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # on Windows, the option would let this probe share a used port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except PermissionError:
            return True  # not allowed for this account; Orthanc has the better message
        except OSError:
            return False
    return True

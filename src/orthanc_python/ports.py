# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""TCP ports of this machine."""

from __future__ import annotations

import socket
import sys

_handed_out: set[int] = set()


def free_port() -> int:
    """An unused port; never the same one twice in this process."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _handed_out:
            _handed_out.add(port)
            return port


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

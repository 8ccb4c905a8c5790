# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The addresses on which a server listens, read from the kernel.

Orthanc binds HTTP to all addresses even if RemoteAccessAllowed is false.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import sys
from pathlib import Path

from .server import Orthanc

# "0: 0100007F:1F90 00000000:0000 0A ... INODE": 0A is the state of a listening socket
_LISTENS = re.compile(r"^ *\d+: ([0-9A-F]+):([0-9A-F]+) \S+ 0A(?: +\S+){5} +(\d+) ", re.MULTILINE)


def listening(server: Orthanc) -> list[str]:
    """The lines about HTTP and DICOM that `run` prints."""
    return [_http(server), _dicom(server)]


def _http(server: Orthanc) -> str:
    if not server.config.get("HttpServerEnabled"):
        return "HTTP  off (HttpServerEnabled is false)"
    where = _where(server, server.http_port)
    if server.config.get("RemoteAccessAllowed"):
        who = "other machines may use it (RemoteAccessAllowed)"
    else:
        who = "requests of other machines are refused (RemoteAccessAllowed is false)"
    return f"HTTP  port {server.http_port} {where}; {who}"


def _dicom(server: Orthanc) -> str:
    if server.config.get("DicomServerEnabled", True) is False:
        return "DICOM off (DicomServerEnabled is false)"
    where = _where(server, server.dicom_port)
    return f"DICOM port {server.dicom_port} {where}, as {server.aet}; other machines may use it"


def _where(server: Orthanc, port: int) -> str:
    addresses = listening_addresses(server.pid, port)
    if not addresses or any(ipaddress.ip_address(one).is_unspecified for one in addresses):
        return f"of all addresses ({', '.join(addresses) or '0.0.0.0'})"
    return f"of {', '.join(addresses)}"


def listening_addresses(pid: int, port: int) -> list[str]:
    """The addresses on which a process listens; empty on systems without /proc."""
    sockets = set()
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):  # closed in the meantime
                sockets.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii")
            found += [
                _address(address)
                for address, number, inode in _LISTENS.findall(text)
                if int(number, 16) == port and f"socket:[{inode}]" in sockets
            ]
    return found


def _address(hexadecimal: str) -> str:
    """Decode an address: the kernel prints its words in the byte order of this machine."""
    raw = bytes.fromhex(hexadecimal)
    words = [raw[index : index + 4] for index in range(0, len(raw), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return str(ipaddress.ip_address(b"".join(words)))

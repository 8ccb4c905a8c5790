# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fail unless Orthanc responds. Any response means healthy, even a request for a password."""

from __future__ import annotations

import contextlib
import json
import socket

import requests
import settings


def main() -> None:
    """Ask the server that the configuration describes."""
    text = (settings.GENERATED / "orthanc.json").read_text(encoding="ascii")
    config = json.loads(text)
    if config.get("HttpServerEnabled") is False:
        socket.create_connection(("127.0.0.1", config.get("DicomPort", 4242)), timeout=5).close()
        return
    scheme = "https" if config.get("SslEnabled") is True else "http"
    url = f"{scheme}://127.0.0.1:{config.get('HttpPort', 8042)}/system"
    with contextlib.suppress(requests.exceptions.SSLError):  # a server that asks for certificates
        requests.get(url, timeout=5, verify=False)


if __name__ == "__main__":
    main()

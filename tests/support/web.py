# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Web servers on this machine, other than Orthanc."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_POLL = 0.01  # seconds between two checks of a server whether it must end


class Handler(BaseHTTPRequestHandler):
    """The base of handlers, which define do_GET() and similar methods."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def body(self) -> bytes:
        """The body of the request, in one piece or chunked."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def answer(self, content: bytes, status: int = 200, **headers: str) -> None:
        """Send the response; `Content_Type` is the header Content-Type."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(
    handler: Callable[..., socketserver.BaseRequestHandler],
    kind: Callable[..., ThreadingHTTPServer] = ThreadingHTTPServer,
    prepare: Callable[[Any], None] = lambda server: None,
) -> Iterator[int]:
    """Run a server in the context, and yield its port."""
    with kind(("127.0.0.1", 0), handler) as server:
        prepare(server)
        threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def exchange(port: int, request: bytes) -> bytes:
    """All bytes of the response to a request that no HTTP library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def get(port: int, target: bytes, *headers: bytes) -> tuple[int, bytes, bytes]:
    """Status, head and body of the response to a GET of exactly these bytes."""
    lines = [b"GET %s HTTP/1.0" % target, b"Host: localhost", *headers, b"", b""]
    head, _, body = exchange(port, b"\r\n".join(lines)).partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body

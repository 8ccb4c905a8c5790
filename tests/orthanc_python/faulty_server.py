# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""An HTTP server with one file, which fails in the ways that real servers do."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler"], None]


class FaultyServer(ThreadingHTTPServer):
    """Responds to request number N with fault number N, and correctly after the last fault."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.etag = '"1"'
        self.ranges = True
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.requests: list[dict[str, str]] = []
        self.sent = 0
        self.paused = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may close the connection: print no traceback."""


class Handler(BaseHTTPRequestHandler):
    server: FaultyServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests.append({"path": self.path, **dict(self.headers.items())})
            fault = self.server.faults.pop(0) if self.server.faults else self.server.always
        if fault is not None:
            fault(self)
        else:
            self.serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def serve(self, upto: int | None = None) -> None:
        """Respond correctly; with `upto`, send only so many bytes of the body."""
        body = self.begin()
        self.send(body if upto is None else body[:upto])
        if upto is not None:
            self.hang_up()

    def begin(self) -> bytes:
        """Send the head; return the body to send."""
        content = self.server.content
        asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", self.server.etag) == self.server.etag
        if asked and same and self.server.ranges:
            start = int(asked[1])
            if start >= len(content):
                self.answer(416)
                return b""
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            content = content[start:]
        else:
            self.send_response(200)
        if self.server.etag:
            self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return content

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        with self.server.lock:
            self.server.sent += len(data)

    def answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True


@contextmanager
def serving(content: bytes) -> Iterator[FaultyServer]:
    server = FaultyServer(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.paused.set()
        server.shutdown()
        thread.join()
        server.server_close()


def drop_after(size: int) -> Fault:
    """End the connection in the middle of the body."""
    return lambda handler: handler.serve(upto=size)


def drop_at_once(handler: Handler) -> None:
    """Accept the request and end the connection without a response."""
    handler.hang_up()


def stall_after(size: int) -> Fault:
    """Send a part and then nothing, until the client disconnects or the test ends."""

    def fault(handler: Handler) -> None:
        handler.send(handler.begin()[:size])
        handler.wfile.flush()
        handler.server.paused.wait()
        handler.hang_up()

    return fault


def trickle(size: int) -> Fault:
    """Send the body in small chunks, one after the other."""

    def fault(handler: Handler) -> None:
        body = handler.begin()
        for start in range(0, len(body), size):
            handler.send(body[start : start + size])
            handler.wfile.flush()
            handler.server.paused.wait(0.001)

    return fault


def status(code: int, **headers: str) -> Fault:
    """Respond with an error, or a redirect."""
    return lambda handler: handler.answer(code, **headers)


def announce(size: int) -> Fault:
    """Announce a size that differs from the file's."""

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.send(handler.server.content[:size])
        handler.hang_up()

    return fault


def without_length(upto: int | None = None) -> Fault:
    """A chunked response; with `upto`, a truncated one."""

    def fault(handler: Handler) -> None:
        content = handler.server.content
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        body = content if upto is None else content[:upto]
        handler.send(b"%x\r\n" % len(content) + body)
        if upto is None:
            handler.send(b"\r\n0\r\n\r\n")
        handler.hang_up()

    return fault


def misplaced(handler: Handler) -> None:
    """Continue the file at another offset than the requested one."""
    content = handler.server.content
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes 1-{len(content) - 1}/{len(content)}")
    handler.send_header("Content-Length", str(len(content) - 1))
    handler.end_headers()
    handler.send(content[1:])

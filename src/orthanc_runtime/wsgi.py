# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run a WSGI application (PEP 3333) for a request to Orthanc."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .web_requests import WebRequest, from_latin1, to_latin1
from .web_responses import Head, send

Headers = list[tuple[str, str]]


class Application:
    """A mounted WSGI application."""

    def __init__(self, application: Callable[..., Any], path: str) -> None:
        self._application = application

    def respond(self, output: Any, request: WebRequest) -> None:
        """Call the application on this thread, and send its response."""
        start = StartResponse()
        result = self._application(environ_of(request), start)
        try:
            single = isinstance(result, (list, tuple)) and len(result) == 1 and not start.written
            chunks = start.chunks(result)
            first = next(chunks, b"")
            send(output, start.head(), first, chunks, whole=single or not first)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def stop(self, seconds: float) -> list[str]:
        """Nothing: it has no thread of its own."""
        return []


def environ_of(request: WebRequest) -> dict[str, Any]:
    """The environment of a request."""
    server, body = request.server, request.body
    whole = isinstance(body, bytes)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": to_latin1(request.prefix),
        "PATH_INFO": to_latin1(request.inner_path),
        "QUERY_STRING": request.query,
        "SERVER_NAME": server.name,
        "SERVER_PORT": str(server.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": server.scheme,
        "wsgi.input": io.BytesIO(body) if whole else body,
        "wsgi.input_terminated": True,  # read to its end, also without a length
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "orthanc.authentication_payload": request.payload,
    }
    for name, value in request.headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = to_latin1(value)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    mime = environ.pop("HTTP_CONTENT_TYPE", None)
    if mime is not None:
        environ["CONTENT_TYPE"] = mime
    if whole and (body or request.method in ("POST", "PUT")):
        environ["CONTENT_LENGTH"] = str(len(body))
    if request.client:
        environ["REMOTE_ADDR"] = request.client
    if request.user is not None:
        environ["REMOTE_USER"] = to_latin1(request.user)
    return environ


class StartResponse:
    """The callable `start_response` of one request."""

    def __init__(self) -> None:
        self._status = ""
        self._headers: Headers = []
        self.written: list[bytes] = []
        self.sent = False

    def __call__(
        self, status: str, headers: Headers, exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Take the status and the headers, which are sent with the first chunk of the body."""
        if exc_info is not None:
            if self.sent:
                raise exc_info[1].with_traceback(exc_info[2])
        elif self._status:
            raise AssertionError("start_response was called twice, without exc_info")
        self._status, self._headers = status, headers
        return self.written.append

    def head(self) -> Head:
        """The status and the headers."""
        if not self._status:
            raise RuntimeError("The WSGI application has not called start_response")
        self.sent = True
        return Head(
            int(self._status[:3]),
            [(from_latin1(name), from_latin1(value)) for name, value in self._headers],
        )

    def chunks(self, result: Any) -> Iterator[bytes]:
        """The chunks of the body that are not empty."""
        for chunk in result:
            while self.written:
                yield self.written.pop(0)
            if not isinstance(chunk, bytes):
                raise TypeError(f"a WSGI application yields bytes, not {type(chunk).__name__}")
            if chunk:
                yield chunk
        yield from self.written

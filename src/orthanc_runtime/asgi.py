# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run an ASGI application (version 3) on the plugin's event loop for requests to Orthanc.

The thread of Orthanc that serves a request waits for the application's messages. A response in one
chunk takes one switch to the loop and one back.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections import deque
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import quote

from . import event_loop, native
from .event_loop_threads import current_caller
from .http import to_bytes, to_str
from .log_writer import ERROR, INFO
from .tracebacks import format_exception
from .web_requests import WebRequest
from .web_responses import Head, send

_VERSIONS = {"version": "3.0", "spec_version": "2.4"}  # since 2.4, `send` raises after a disconnect
_LIFESPAN_VERSIONS = {"version": "3.0", "spec_version": "2.0"}
_SERVICE_UNAVAILABLE = 503

_READ, _CHUNK, _LAST, _END = range(4)  # events for Orthanc's thread


class Application:
    """A mounted ASGI application, with its lifespan."""

    def __init__(self, application: Callable[..., Any], path: str) -> None:
        self._application = application
        self._path = path
        self._loop = event_loop.get()
        self._inbox = Inbox(self._loop)
        self._lifespan = Lifespan(application, path)
        self._running: set[Exchange] = set()  # changed by the event loop
        self._stopping = False
        event_loop.run(self._lifespan.start())

    def respond(self, output: Any, request: WebRequest) -> None:
        """Run the application for a request, and send its response."""
        if self._stopping:
            output.SendHttpStatusCode(_SERVICE_UNAVAILABLE)
            return
        scope = scope_of(request, self._lifespan)
        exchange = Exchange(self._application, scope, request.body, self._running)
        exchange.begin(self._inbox)
        chunks = exchange.chunks()
        try:
            first = next(chunks, b"")
            send(output, exchange.head(), first, chunks, whole=exchange.complete)
        finally:
            chunks.close()

    def stop(self, seconds: float) -> list[str]:
        """Let the application shut down. Returns what went wrong."""
        self._stopping = True
        try:
            stopping = asyncio.run_coroutine_threadsafe(self._stop(seconds / 2), self._loop)
            stopping.result(max(0.0, seconds))
        except Exception as error:
            return [f"The ASGI application at {self._path} has not shut down: {error!r}"]
        return []

    async def _stop(self, seconds: float) -> None:
        """Wait for the running requests, then close their connections."""
        tasks = [exchange.task for exchange in self._running]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for exchange in self._running:
            exchange.disconnect()
        await self._lifespan.stop()


class Inbox:
    """Calls for the event loop. Those that come together wake it once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._scheduled = False

    def post(self, function: Callable[..., object], *values: Any) -> None:
        """Let the event loop call the function."""
        self._calls.append((function, values))
        if not self._scheduled:
            self._scheduled = True
            try:
                self.loop.call_soon_threadsafe(self._run)
            except RuntimeError:  # the loop is closed
                self._scheduled = False
                raise

    def _run(self) -> None:
        self._scheduled = False  # first: a call that comes now needs another run
        while self._calls:
            function, values = self._calls.popleft()
            function(*values)


class User:
    """`scope["user"]`, with the attributes that applications of Starlette and Channels read."""

    def __init__(self, name: str | None) -> None:
        self.username = self.display_name = self.identity = name or ""
        self.is_authenticated = name is not None

    def __str__(self) -> str:
        return self.username


def scope_of(request: WebRequest, lifespan: Lifespan) -> dict[str, Any]:
    """The connection scope of a request."""
    server = request.server
    path = to_bytes(request.path)
    return {
        "type": "http",
        "asgi": _VERSIONS,
        "http_version": "1.1",
        "method": request.method,
        "scheme": server.scheme,
        "path": path.decode("utf-8", "replace"),
        "raw_path": quote(path).encode("ascii"),
        "query_string": request.query.encode("ascii"),
        "root_path": request.prefix,
        "headers": [(to_bytes(name), to_bytes(value)) for name, value in request.headers.items()],
        "client": (request.client, 0) if request.client else None,
        "server": (server.name, server.port),
        "state": lifespan.state.copy(),
        "extensions": {},
        "user": User(request.user),
        "orthanc.authentication_payload": request.payload,
    }


class Exchange:
    """One request: the application on the event loop, and Orthanc's thread, which sends."""

    def __init__(
        self,
        application: Callable[..., Any],
        scope: dict[str, Any],
        body: Any,
        running: set[Exchange],
    ) -> None:
        self._application = application
        self._scope = scope
        self._running = running
        self._body = body  # bytes or an UploadBody; None at its end
        self._caller = event_loop.sender()
        self._context = contextvars.copy_context()
        self._context.run(current_caller.set, self._caller)
        self._status: int | None = None
        self._headers: Any = ()
        self.complete = False  # the last chunk is known
        self._disconnected = False
        self._loop: asyncio.AbstractEventLoop
        self._post: Callable[..., None]
        self.task: asyncio.Task[None]
        self._waiting: set[asyncio.Future[Any]] = set()

    # On Orthanc's thread

    def begin(self, inbox: Inbox) -> None:
        """Start the application."""
        self._loop = inbox.loop
        self._post = inbox.post
        self._post(self._start)

    def chunks(self) -> Generator[bytes, None, None]:
        """The chunks of the body that are not empty; closing it early is a disconnect."""
        try:
            while True:
                event, value, future = self._next()
                if event == _CHUNK:
                    yield value
                    self._post(_resolve, future, None, None)
                elif event == _READ:
                    self._post(_resolve, future, *self._read())
                elif event == _END:
                    raise value or self._incomplete()
                else:
                    if value:
                        yield value
                    return
        finally:
            if not self._caller.ended:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._post(self._leave)

    def head(self) -> Head:
        """The status and the headers, once the first chunk is known."""
        assert self._status is not None
        headers = [(to_str(bytes(name)), to_str(bytes(value))) for name, value in self._headers]
        return Head(self._status, headers)

    def _incomplete(self) -> Exception:
        """The application has returned too early; it does so if its client is gone."""
        if self._disconnected:
            return _client_is_gone()
        return RuntimeError("The ASGI application has sent no full response")

    def _next(self) -> tuple[int, Any, Any]:
        event: tuple[int, Any, Any] = self._caller.wait(lambda: not self._loop.is_closed())
        return event

    def _read(self) -> tuple[Any, BaseException | None]:
        try:
            return self._body.read1(), None
        except Exception as error:  # of the client, or a body that is discarded
            return None, error

    # On the event loop

    def _start(self) -> None:
        self._running.add(self)  # the event loop keeps only weak references
        self.task = self._context.run(self._loop.create_task, self._run())

    async def _run(self) -> None:
        try:
            await self._application(self._scope, self._receive, self._send)
        except BaseException as error:
            self._finish(error)
            if not isinstance(error, Exception):
                raise
        else:
            self._finish(None)
        finally:
            self._running.discard(self)

    def _finish(self, error: BaseException | None) -> None:
        if not self.complete:
            self._caller.end((_END, error, None))
        elif error is not None and not isinstance(error, asyncio.CancelledError):
            request = ascii(f"{self._scope['method']} {self._scope['path']}")[1:-1]
            text = f"Error in the ASGI application after its response to {request}, traceback:"
            native.log(ERROR, "", 0, f"{text}\n{format_exception(error)}")

    async def _receive(self) -> dict[str, Any]:
        if self._body is None or self.complete or self._disconnected:
            return await self._wait_for_disconnect()
        if isinstance(self._body, bytes):
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        try:
            chunk = await self._ask(_READ, None)
        except ConnectionError:
            self._disconnected = True
            return {"type": "http.disconnect"}
        if not chunk:
            self._body = None
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "http.response.start" and self._status is None:
            self._status = message["status"]
            self._headers = message.get("headers", ())
        elif kind == "http.response.body" and self._status is not None and not self.complete:
            if self._disconnected:
                raise _client_is_gone()
            body = message.get("body", b"")
            if not message.get("more_body", False):
                self.complete = True
                self._caller.end((_LAST, body, None))
                self._wake()
            elif body:
                await self._ask(_CHUNK, body)
        else:
            raise RuntimeError(f"The ASGI message {kind!r} must not be sent now")

    async def _ask(self, event: int, value: Any) -> Any:
        """The reply of Orthanc's thread to an event."""
        future = self._loop.create_future()
        self._waiting.add(future)
        self._caller.resume((event, value, future))
        try:
            return await future
        finally:
            self._waiting.discard(future)

    async def _wait_for_disconnect(self) -> dict[str, Any]:
        if not self.complete and not self._disconnected:
            future = self._loop.create_future()
            self._waiting.add(future)
            try:
                await future
            except ConnectionError:
                pass
            finally:
                self._waiting.discard(future)
        return {"type": "http.disconnect"}

    def _leave(self) -> None:
        """Do without Orthanc's thread, which serves another request from now on."""
        self._caller.release(self._loop)
        self.disconnect()

    def disconnect(self) -> None:
        """Tell the application that its client is gone."""
        if not self.complete:
            self._disconnected = True
            self._wake()

    def _wake(self) -> None:
        for future in self._waiting:
            _resolve(future, None, _client_is_gone())


def _client_is_gone() -> ConnectionAbortedError:
    return ConnectionAbortedError("The client has closed the connection")


def _resolve(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


class Lifespan:
    """Start and shutdown of an application, which need not support them."""

    def __init__(self, application: Callable[..., Any], path: str) -> None:
        self._application = application
        self._path = path
        self.state: dict[str, Any] = {}
        self._messages: asyncio.Queue[dict[str, Any]]
        self._started: asyncio.Future[None]
        self._stopped: asyncio.Future[None]
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the application's start; raises RuntimeError if the application reports a failure."""
        loop = asyncio.get_running_loop()
        self._messages = asyncio.Queue()
        self._started, self._stopped = loop.create_future(), loop.create_future()
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._task = loop.create_task(self._run())
        await self._started

    async def stop(self) -> None:
        """Run the application's shutdown."""
        if self._task is not None and not self._task.done():
            self._messages.put_nowait({"type": "lifespan.shutdown"})
            await self._stopped

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _LIFESPAN_VERSIONS, "state": self.state}
        try:
            await self._application(scope, self._messages.get, self._send)
        except Exception as error:
            if self._started.done():
                _resolve(self._stopped, None, error)
            else:
                text = f"The ASGI application at {self._path} has no lifespan: {error!r}"
                native.log(INFO, "", 0, text)
        finally:
            _resolve(self._started, None, None)
            _resolve(self._stopped, None, None)

    async def _send(self, message: dict[str, Any]) -> None:
        phase, _, outcome = message["type"].partition(".")[2].partition(".")
        future = self._started if phase == "startup" else self._stopped
        error = None
        if outcome == "failed":
            error = RuntimeError(
                f"The {phase} of the application at {self._path} has failed: "
                f"{message.get('message', '')}"
            )
        _resolve(future, None, error)

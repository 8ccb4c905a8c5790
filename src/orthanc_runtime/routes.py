# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Routes and events by decorators: `orthanc.route` and `orthanc.on`."""

from __future__ import annotations

import functools
import json as json_
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, TypeVar

from .coroutine_callbacks import accept_coroutine, refuse_generator
from .http import METHODS, Headers, decode_text, flatten_headers
from .query_strings import decoded
from .tracebacks import format_exception, place_of_caller

F = TypeVar("F", bound=Callable[..., Any])

_JSON, _TEXT, _BYTES = "application/json", "text/plain; charset=utf-8", "application/octet-stream"
# "<name>" of Flask and "{name}" of FastAPI, but not "(?<name>" or "\\p{Alpha}"
_PLACEHOLDER = re.compile(r"(?<!\?)(?<!\?P)<[A-Za-z_][\w:]*>|(?<!\\\w)\{[A-Za-z_][\w:]*\}")
_LAST_SLASHES = re.compile(r"(\\?/)+$")
_RELATIVE = re.compile(r"[\w-](?![*?{])[^|]*")  # begins with this very character

_orthanc: Any = None
_routes: dict[str, _Route] = {}  # by their regular expression
_lock = threading.Lock()


class HttpError(Exception):
    """Raise it in a route to respond with an HTTP status and a message, as JSON."""

    __module__ = "orthanc"

    def __init__(
        self, status: int, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise ValueError(
                f"the status of an HttpError is from 400 to 599, not {status!r}: "
                'orthanc.HttpError(404, "message")'
            )
        flatten_headers(headers or {})
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


class HttpResponse:
    """A response with a status, headers and a MIME type; `body` is a result of a route."""

    __module__ = "orthanc"

    def __init__(
        self,
        body: Any = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        mime: str = "",
    ) -> None:
        flatten_headers(headers or {})
        self.body = body
        self.status = (204 if body is None else 200) if status is None else status
        self.headers = dict(headers or {})
        self.mime = mime


class Request:
    """A request to a route."""

    __module__ = "orthanc"

    def __init__(self, uri: str, request: Mapping[str, Any]) -> None:
        self.method: str = request["method"]
        self.uri = uri
        self.groups: tuple[str, ...] = request["groups"]
        self.query = decoded(request.get("get", {}))
        self.headers = Headers(request["headers"])
        self.body: bytes = request.get("body", b"")
        self.authentication_payload: bytes | None = request.get("authentication_payload")

    @property
    def text(self) -> str:
        """The body as a str: in the charset of its Content-Type, else in UTF-8."""
        return decode_text(self.body, self.headers)

    def json(self) -> Any:
        """The value that the body encodes as JSON; a body that is no JSON is a 400."""
        try:
            return json_.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise HttpError(400, f"The body is not valid JSON: {error}") from error

    @property
    def user(self) -> str | None:
        """The authenticated user, None if nothing proves who it is."""
        from .users import name_of

        return name_of(_orthanc, self.headers, self.authentication_payload)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri}>"


class _Route:
    """The callback of a regular expression: one function for each method."""

    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {}
        self.places: dict[str, str] = {}

    def __call__(self, output: Any, uri: str, **request: Any) -> None:
        function = self.functions.get(request["method"])
        if function is None:
            output.SendMethodNotAllowed(",".join(self.functions))
            return
        place = self.places[request["method"]]
        try:
            result = _call(function, Request(uri, request), place)
            if hasattr(result, "__await__"):
                result = _event_loop().run(result)
            response = _complete(result, place)
        except HttpError as error:
            response = _error_response(error, uri, request["method"])
        _send(output, response)


def route(expression: str, methods: Iterable[str] = ("GET",)) -> Callable[[F], F]:
    """Serve a route with the decorated function.

    It gets a Request and the groups of the regular expression, and returns str, bytes, dict or list
    (sent as JSON), an HttpResponse, a generator of str or bytes (streamed), or None (status 204).
    """
    if not isinstance(expression, str):
        raise TypeError(
            "orthanc.route needs the path of the route, a regular expression, as in "
            f'@orthanc.route("/path"); it got {type(expression).__name__}'
        )
    _refuse_placeholder(expression)
    _refuse_other_slashes(expression)
    chosen = _methods(methods)

    def register(function: F) -> F:
        _require_function(function, "orthanc.route")
        with _lock:
            known = _routes.get(expression)
            served = known or _Route()
            for method in chosen:
                if method in served.functions:
                    raise RuntimeError(
                        f"{method} {expression} has a function already: the first one was "
                        f"registered at {served.places[method]}"
                    )
            served.places.update(dict.fromkeys(chosen, place_of_caller()))
            served.functions = {**served.functions, **dict.fromkeys(chosen, function)}
            if known is None:
                _orthanc.RegisterRestCallback(expression, served)
                _routes[expression] = served
        return function

    return register


def on(*change_types: Any) -> Any:
    """Call the decorated function for these types of changes; without types, for all changes.

    The function gets the same arguments as a callback of RegisterOnChangeCallback.
    """
    if len(change_types) == 1 and callable(change_types[0]):
        return on()(change_types[0])
    for value in change_types:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(
                "orthanc.on takes values of orthanc.ChangeType, as in "
                f"@orthanc.on(orthanc.ChangeType.STABLE_STUDY); it got {type(value).__name__}"
            )

    def register(function: F) -> F:
        _require_function(function, "orthanc.on")
        refuse_generator(function, "orthanc.on")
        handler = accept_coroutine(function, False)

        @functools.wraps(handler)
        def listener(change_type: int, level: int, resource_id: str) -> None:
            if change_type in change_types:
                handler(change_type, level, resource_id)

        _orthanc.RegisterOnChangeCallback(listener if change_types else function)
        return function

    return register


# As native functions have it
vars(route)["__text_signature__"] = "(expression, methods=('GET',))"
vars(on)["__text_signature__"] = "(*change_types)"


def _require_function(function: Any, decorator: str) -> None:
    if not callable(function):
        raise TypeError(f"{decorator} decorates a function, not {type(function).__name__}")


def _refuse_placeholder(expression: str) -> None:
    """Raise ValueError for a path as other frameworks have it: it would match no request."""
    found = _PLACEHOLDER.search(expression)
    if found is not None:
        expected = expression.replace(found[0], "([^/]+)")
        raise ValueError(
            f"orthanc.route takes a regular expression: write {expected!r} in place of "
            f"{expression!r}"
        )


def _refuse_other_slashes(expression: str) -> None:
    """Raise ValueError for a path without a first slash, or with a last one: no request has it."""
    expected = _LAST_SLASHES.sub("", expression) or "/"
    if _RELATIVE.fullmatch(expected):
        expected = f"/{expected}"
    if expected != expression:
        raise ValueError(
            'orthanc.route needs a path that begins with "/", and has no "/" at its end, which '
            f"Orthanc removes from each request: write {expected!r} in place of {expression!r}"
        )


def _methods(methods: Iterable[str]) -> tuple[str, ...]:
    chosen = (methods,) if isinstance(methods, str) else tuple(methods)
    for method in chosen:
        if method not in METHODS:
            raise ValueError(f"Orthanc passes {', '.join(METHODS)} to a route, not {method!r}")
    if not chosen:
        raise ValueError("orthanc.route needs at least one method")
    return chosen


def _call(function: Callable[..., Any], request: Request, place: str) -> Any:
    try:
        return function(request, *request.groups)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise
        # the call itself failed: the traceback has no line of the script
        raise TypeError(
            f"{error}: the function of a route gets the request and {len(request.groups)} groups "
            f"of its regular expression (registered at {place})"
        ) from None


def _complete(result: Any, place: str = "") -> HttpResponse:
    """The response for a result of a route, with a body that Orthanc takes and its MIME type."""
    given = result if isinstance(result, HttpResponse) else HttpResponse(result)
    response = HttpResponse(given.body, given.status, given.headers, given.mime)
    for name in [name for name in response.headers if name.lower() == "content-type"]:
        response.mime = response.headers.pop(name)
    body = response.body
    if body is None:
        return response
    if isinstance(body, (dict, list)):
        response.body, default = _as_json(body, place), _JSON
    elif isinstance(body, str):
        default = _TEXT
    elif isinstance(body, (bytes, bytearray, memoryview)):
        default = _BYTES
    elif hasattr(body, "__next__"):
        response.body, default = _begun(body)
    elif hasattr(body, "__anext__"):
        response.body, default = _begun(_event_loop().iterate(body))
    else:
        raise TypeError(
            f"a route must not return {type(body).__name__}: return str, bytes, dict, list, None, "
            "a generator, or orthanc.HttpResponse(body, status=..., headers=..., mime=...) "
            f"(registered at {place})"
        )
    response.mime = response.mime or default
    return response


def _as_json(body: Any, place: str) -> str:
    try:
        return json_.dumps(body, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"a route must not return a {type(body).__name__} that is not JSON: {error} "
            f"(registered at {place})"
        ) from None


def _event_loop() -> Any:
    from . import event_loop  # asyncio delays the start

    return event_loop


def _begun(iterator: Any) -> tuple[Iterator[Any], str]:
    """The same chunks, and their MIME type.

    The first one is made now, while an exception can still set the status.
    """
    from .streams import chunks

    rest = chunks(iterator)
    first = next(rest, b"")

    def all_chunks() -> Iterator[Any]:
        yield first
        yield from rest

    return all_chunks(), _TEXT if isinstance(first, str) else _BYTES


def _error_response(error: HttpError, uri: str, method: str) -> HttpResponse:
    if error.status >= 500:
        from . import log_writer, native  # absent in workers

        text = f"Error in the route for {method} {ascii(uri)[1:-1]}"
        native.log(log_writer.ERROR, "", 0, f"{text}, traceback:\n{format_exception(error, text)}")
    message = {
        "HttpStatus": error.status,
        "Message": str(error.message),
        "Method": method,
        "Uri": uri,
    }
    return _complete(HttpResponse(message, error.status, error.headers))


def _send(output: Any, response: HttpResponse) -> None:
    body = response.body
    for name, value in response.headers.items():
        output.SetHttpHeader(name, value)
    streams = body is not None and hasattr(body, "__next__")
    if streams and (response.status != 200 or not hasattr(output, "Stream")):
        # Orthanc streams with the status 200 only, and since 1.12.6
        body = b"".join(
            chunk.encode("utf-8", "surrogateescape") if isinstance(chunk, str) else chunk
            for chunk in body
        )
        streams = False
    if streams:
        output.Stream(body, response.mime)
    elif body is None:
        output.SendHttpStatusCode(response.status)
    elif response.status == 200:
        output.AnswerBuffer(body, response.mime)
    else:
        output.SetHttpHeader("Content-Type", response.mime)
        output.SendHttpStatus(response.status, body)


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers. Clears the routes of an earlier run."""
    global _orthanc
    if _orthanc is not module:
        _orthanc = module
        _routes.clear()
    return {
        "HttpError": HttpError,
        "HttpResponse": HttpResponse,
        "Request": Request,
        "on": on,
        "route": route,
    }

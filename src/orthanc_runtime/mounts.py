# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Web applications under a path of Orthanc: `orthanc.mount`."""

from __future__ import annotations

import inspect
import re
import time
from types import ModuleType
from typing import Any

from . import native
from .errors import OrthancException
from .log_writer import WARNING
from .streams import Upload
from .tracebacks import place_of_caller
from .web_requests import Line, WebRequest, WebServer

_UNKNOWN_RESOURCE, _UNSUPPORTED_MEDIA_TYPE = 17, 3000  # orthanc.ErrorCode
# The first components of Orthanc's own paths
_OWN = (
    "app", "changes", "exports", "instances", "jobs", "modalities", "patients", "peers", "plugins",
    "queries", "series", "statistics", "storage-commitment", "studies", "system", "tools",
)  # fmt: skip

_orthanc: Any = None
_mounts: dict[str, Mount] = {}  # by path
_server: WebServer


class Mount:
    """A path with its application; the callback of the requests to it."""

    def __init__(self, path: str, place: str) -> None:
        self.path = path
        self.place = place
        self.asked_for_websockets = False
        self.application: Any

    def __call__(self, output: Any, uri: str, **request: Any) -> None:
        """Respond to a request whose body, if any, is whole."""
        body = request.get("body", b"")
        _respond(output, uri, request, native.request_line(), body)

    def begin_upload(self, uri: str, request: dict[str, Any]) -> Upload | None:
        """Take the body in chunks if the client sends it so. Called on Orthanc's thread."""
        names = {name.lower() for name in request["headers"]}
        if "content-length" in names or "transfer-encoding" not in names:
            return None
        line = native.request_line()

        def respond(output: Any, uri: str, *, body: Any, **request: Any) -> None:
            _respond(output, uri, request, line, body)

        return Upload(respond, uri, request)


def mount(path: str, application: Any) -> None:
    """Serve a WSGI or ASGI application under a path, such as "/portal".

    Call it while the script is being imported. The start of an ASGI application (its lifespan) runs
    in this call.
    """
    prefix = _checked(path)
    if prefix in _mounts:
        raise RuntimeError(
            f"{prefix} has an application already: it was mounted at {_mounts[prefix].place}"
        )
    adapter = _adapter_for(application)
    added = Mount(prefix, place_of_caller())
    _register(prefix, added)
    added.application = adapter(application, prefix)
    _mounts[prefix] = added
    if prefix.split("/")[1] in _OWN:
        text = f"The web application at {prefix} hides the paths of Orthanc below {prefix}"
        native.log(WARNING, "", 0, text)


# As native functions have it
vars(mount)["__text_signature__"] = "(path, application)"


def stop(deadline: float) -> list[str]:
    """Let the applications shut down, the last one first. Returns what went wrong."""
    problems: list[str] = []
    for mounted in reversed(list(_mounts.values())):
        problems += mounted.application.stop(deadline - time.monotonic())
    return problems


def _checked(path: Any) -> str:
    if not isinstance(path, str):
        raise TypeError(f'orthanc.mount needs a path, as "/portal", not {type(path).__name__}')
    prefix = path.rstrip("/")
    if not prefix:
        raise ValueError('orthanc.mount needs a path below "/", which belongs to Orthanc')
    if not prefix.startswith("/") or "//" in prefix or "?" in prefix or "%" in prefix:
        raise ValueError(
            f'orthanc.mount needs a decoded path that begins with "/", as "/portal", not {path!r}'
        )
    return prefix


def _adapter_for(application: Any) -> Any:
    if not callable(application):
        raise TypeError(
            "orthanc.mount needs a WSGI or ASGI application, which can be called, not "
            f"{type(application).__name__}"
        )
    if is_asgi(application):
        from . import asgi

        return asgi.Application
    from . import wsgi

    return wsgi.Application


def is_asgi(application: Any) -> bool:
    """Whether it takes (scope, receive, send); a WSGI application takes (environ, start_response).

    Decorators may hide the parameters: then a coroutine function is ASGI.
    """
    call = application if inspect.isroutine(application) else type(application).__call__
    if inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(call):
        return True
    try:
        signature = inspect.signature(application)
    except (TypeError, ValueError):
        return False
    return _fits(signature, 3) and not _fits(signature, 2)


def _fits(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _register(prefix: str, added: Mount) -> None:
    global _server
    expression = f"{re.escape(prefix)}(/.*)?"
    if not _mounts:
        _server = WebServer(_orthanc)
    try:
        # the first of both, as it refuses to come late
        _orthanc.RegisterChunkedRestCallback(expression, added)
    except RuntimeError as error:
        raise RuntimeError(f"orthanc.mount({prefix!r}): {error}") from None
    _orthanc.RegisterRestCallback(expression, added)
    if not _mounts:
        native.keep_request_lines()


def _respond(output: Any, uri: str, request: dict[str, Any], line: Line | None, body: Any) -> None:
    _refuse_form_part(uri, request)
    mounted = _find(uri)
    if request["headers"].get("upgrade", "").lower() == "websocket":
        _warn_of_websockets(mounted)
    mounted.application.respond(output, WebRequest(_server, mounted.path, uri, request, line, body))


def _warn_of_websockets(mounted: Mount) -> None:
    """Log, once for each application, why it gets a plain request, which it may answer with 404."""
    if not mounted.asked_for_websockets:
        mounted.asked_for_websockets = True
        text = (
            f"Orthanc cannot open WebSockets to the application at {mounted.path}: "
            "use server-sent events"
        )
        native.log(WARNING, "", 0, text)


def _find(uri: str) -> Mount:
    """The longest path that contains the URI."""
    prefix = uri
    while prefix:
        mounted = _mounts.get(prefix)
        if mounted is not None:
            return mounted
        prefix = prefix.rpartition("/")[0]
    raise OrthancException(_UNKNOWN_RESOURCE, f"The application of {uri} could not be started")


def _refuse_form_part(uri: str, request: dict[str, Any]) -> None:
    """Raise for a part of a form: Orthanc posts each part of multipart/form-data by itself."""
    if request["method"] == "POST" and request["headers"].get("content-disposition"):
        raise OrthancException(
            _UNSUPPORTED_MEDIA_TYPE,
            f"Orthanc takes the POST of multipart/form-data to {uri} apart: send the form with PUT",
        )


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers. Clears the mounts of an earlier run."""
    global _orthanc
    if _orthanc is not module:
        _orthanc = module
        _mounts.clear()
    return {"mount": mount}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The module `orthanc` in the processes that a script starts.

There is no Orthanc in them: `orthanc` is a client of its REST API, with the token in place. This
module runs there (workers.py brings it), on the standard library alone.
"""

from __future__ import annotations

import pickle
import signal
import ssl
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from . import enumerations, http
from .errors import OrthancException

_NETWORK_PROTOCOL = 9
_METHODS = {number: name for name, number in http.METHODS.items()}


class Connection:
    """The REST API of the Orthanc that has started this process."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        # The server is this machine's own, under whatever name its certificate was made for.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def call(
        self,
        method: int,
        uri: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        after_plugins: bool = True,
    ) -> http.Response:
        """`orthanc.CallRestApi`; the routes of plugins are always included."""
        name = _METHODS[method]
        url = str(self._settings["url"]) + uri
        data = body.encode("utf-8") if isinstance(body, str) else body
        request = Request(url, method=name, data=data)
        for key, value in (headers or {}).items():
            request.add_header(key, value)
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-type", "application/octet-stream")
        request.add_header("Authorization", str(self._settings["token"]))
        try:
            with self._opener.open(request) as answer:
                return _response(name, uri, answer)
        except HTTPError as error:
            with error:
                return _response(name, uri, error)
        except OSError as error:
            raise OrthancException(_NETWORK_PROTOCOL, f"{name} {url}: {error}") from error

    def functions(self) -> dict[str, Callable[..., bytes | None]]:
        """RestApiGet and the like, as the SDK names them."""

        def rest_get(uri: str) -> bytes:
            return self.call(1, uri).raise_for_status().content

        def rest_post(uri: str, body: bytes | str) -> bytes:
            return self.call(2, uri, None, body).raise_for_status().content

        def rest_put(uri: str, body: bytes | str) -> bytes:
            return self.call(3, uri, None, body).raise_for_status().content

        def rest_delete(uri: str) -> None:
            self.call(4, uri).raise_for_status()

        names: dict[str, Callable[..., bytes | None]] = {
            "Get": rest_get,
            "Post": rest_post,
            "Put": rest_put,
            "Delete": rest_delete,
        }
        return {
            f"RestApi{name}{suffix}": function
            for name, function in names.items()
            for suffix in ("", "AfterPlugins")
        }


def _response(method: str, uri: str, answer: Any) -> http.Response:
    return http.Response(method, uri, answer.status, dict(answer.headers), answer.read())


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ignore(*arguments: object, **keywords: object) -> None:
    """What a script registers is registered in the process of Orthanc already."""


def create(settings: Mapping[str, Any]) -> ModuleType:
    """The module, for `settings` as workers.py makes them."""
    module = ModuleType("orthanc", "The REST API of Orthanc, for the processes of a script.")
    connection = Connection(settings)
    contents: dict[str, Any] = vars(module)
    contents.update(connection.functions())
    contents.update(
        {
            name: enumerations.create(name, "", members, {}, "")
            for name, members in settings["enumerations"].items()
        }
    )
    contents.update(
        OrthancException=OrthancException,
        Response=http.Response,
        CallRestApi=connection.call,
        GetConfiguration=lambda: settings["configuration"],
        GenerateRestApiAuthorizationToken=lambda: settings["token"],
        LogError=_log,
        LogWarning=_log,
        LogInfo=_ignore,
    )
    contents["rest"] = http.RestClient(module)

    def explain(name: str) -> object:
        if name.startswith("Register"):
            return _ignore
        raise AttributeError(
            f"orthanc.{name} exists in the process of Orthanc only; this is a worker process"
        )

    contents["__getattr__"] = explain
    return module


def install(settings: Mapping[str, Any]) -> None:
    """Make `import orthanc` work in this process, which has just started."""
    sys.modules["orthanc"] = create(settings)
    _start_nothing_at_import()


def ignore_interrupts() -> None:
    """Ctrl-C in a terminal reaches all processes: Orthanc alone decides when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(call: bytes) -> Any:
    """A task of an executor that is not ours: a pickled (function, arguments, keywords)."""
    function, arguments, keywords = pickle.loads(call)
    return function(*arguments, **keywords)


class _NoPool:
    """Stands for a pool that exists in the process of Orthanc."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError("This pool exists in the process of Orthanc only; this is a worker")


def _importing() -> bool:
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _start_nothing_at_import() -> None:
    """Keep a script that makes its pool when it is imported from doing so here once more.

    The functions that a pool is to call are found by importing their module, which is the script.
    """
    import multiprocessing.context
    import multiprocessing.process

    package: Any = multiprocessing
    contexts: Any = multiprocessing.context
    process: Any = multiprocessing.process.BaseProcess
    make_pool: Any = contexts.BaseContext.Pool
    start: Any = process.start

    def pool(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return _NoPool() if _importing() else make_pool(self, *arguments, **keywords)

    def start_process(self: Any) -> None:
        if not _importing():
            start(self)

    contexts.BaseContext.Pool = pool
    package.Pool = contexts._default_context.Pool
    process.start = start_process

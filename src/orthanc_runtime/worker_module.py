# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The module `orthanc` in worker processes.

Orthanc does not run in them: `orthanc` is a client of its REST API that has the token.
worker_pool.py sends this module to the worker, where it needs the standard library only.
"""

from __future__ import annotations

import signal
import ssl
import string
import sys
from collections.abc import Callable, Mapping
from http.client import HTTPException
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from . import enumerations, http, worker_functions, worker_import, worker_output
from .datasets import encode_if_dataset
from .errors import OrthancException
from .module_attributes import EFFECTLESS, HIDDEN, PROVIDERS
from .worker_placeholders import Placeholder, placeholder_class

_NETWORK_PROTOCOL = 9
_METHODS = {number: name for name, number in http.METHODS.items()}


class Connection:
    """The REST API of the Orthanc that has started this process."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        # The server runs on this machine, so its certificate may be for any name.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def call(
        self,
        method: int,
        uri: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        after_plugins: bool = True,
    ) -> http.Response:
        """`orthanc.CallRestApi`; the routes of plugins are always included."""
        name = _METHODS[method]
        url = str(self._settings["url"]) + _quoted(uri)
        data = to_body(body)
        request = Request(url, method=name, data=data)
        texts = iter(http.flatten_headers(headers or {}))
        for key, value in zip(texts, texts):
            request.add_header(key, _latin_1(value))
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-type", "application/octet-stream")
        request.add_header("Authorization", str(self._settings["token"]))
        try:
            return self._send(name, uri, request)
        except (OSError, HTTPException) as error:
            raise OrthancException(_NETWORK_PROTOCOL, f"{name} {url}: {error}") from error

    def _send(self, method: str, uri: str, request: Request) -> http.Response:
        try:
            with self._opener.open(request) as answer:
                return _response(method, uri, answer)
        except HTTPError as error:
            with error:
                return _response(method, uri, error)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """RestApiGet and similar functions, with the names of the SDK."""

        def rest_get(uri: str) -> bytes:
            return self.call(1, uri).raise_for_status().content

        def rest_get_2(uri: str, headers: Mapping[str, str], after_plugins: bool = True) -> bytes:
            return self.call(1, uri, headers).raise_for_status().content

        def rest_post(uri: str, body: Any) -> bytes:
            return self.call(2, uri, None, body).raise_for_status().content

        def rest_put(uri: str, body: Any) -> bytes:
            return self.call(3, uri, None, body).raise_for_status().content

        def rest_delete(uri: str) -> None:
            self.call(4, uri).raise_for_status()

        names: dict[str, Callable[..., bytes | None]] = {
            "Get": rest_get,
            "Post": rest_post,
            "Put": rest_put,
            "Delete": rest_delete,
        }
        functions: dict[str, Callable[..., Any]] = {
            f"RestApi{name}{suffix}": function
            for name, function in names.items()
            for suffix in ("", "AfterPlugins")
        }
        return {**functions, "RestApiGet2": rest_get_2, "CallRestApi": self.call}


def _response(method: str, uri: str, answer: Any) -> http.Response:
    headers = {
        name: http.to_str(value.encode("iso-8859-1")) for name, value in answer.headers.items()
    }
    return http.Response(method, uri, answer.status, headers, answer.read())


def _latin_1(text: str) -> str:
    """The bytes of a text, each as a character, as http.client represents headers."""
    return http.to_bytes(text).decode("iso-8859-1")


def _quoted(uri: str) -> str:
    """Percent-encode only the characters that a request line cannot hold: others may be encoded."""
    return quote(uri, safe=string.punctuation, errors="surrogateescape")


def to_body(data: Any) -> bytes | None:
    """The request body, from the types that Orthanc's functions also accept."""
    data = encode_if_dataset(data)
    if data is None or isinstance(data, bytes):
        return data
    return http.to_bytes(data) if isinstance(data, str) else memoryview(data).tobytes()


def _ignore(*arguments: object, **keywords: object) -> None:
    """Do nothing: the process of Orthanc has already made this call."""


def _register(*arguments: Any, **keywords: Any) -> Any:
    """Register nothing; the script may use the function as a decorator."""
    *_, last = (None, *arguments, *keywords.values())
    return last if callable(last) else lambda callback: callback


class _Names:
    """The names of the module `orthanc` that are not among its contents from the start."""

    def __init__(self, module: ModuleType, kinds: Mapping[str, str]) -> None:
        self._module = module
        self._kinds = kinds

    def find(self, name: str) -> object:
        """The value of `orthanc.name` in a worker."""
        kind = self._kinds.get(name)
        if name == "__all__":
            return self.list()
        if kind is None:
            raise AttributeError(f"module 'orthanc' has no attribute {name!r}")
        return vars(self._module).setdefault(name, self._make(name, kind))

    def list(self) -> list[str]:
        """All names that the module has in the process of Orthanc."""
        return sorted(name for name in self._kinds if name not in HIDDEN)

    def _make(self, name: str, kind: str) -> object:
        if name.startswith("Register") and name != "RegisterErrorCode":
            return _register
        if name.startswith(EFFECTLESS):
            return _ignore
        provider = PROVIDERS.get(name)
        if provider is not None and provider != "worker_pool":
            return import_module(f"{__package__}.{provider}").exports(self._module)[name]
        return placeholder_class(name) if kind == "class" else Placeholder(f"orthanc.{name}")


def create(settings: Mapping[str, Any]) -> ModuleType:
    """The module, for the `settings` from worker_pool.py."""
    module = ModuleType("orthanc", "The REST API of Orthanc, for the processes of a script.")
    contents: dict[str, Any] = vars(module)
    contents.update(
        {
            name: enumerations.create(name, "", members, {}, "")
            for name, members in settings["enumerations"].items()
        }
    )
    contents.update(worker_functions.create(settings))
    contents.update(OrthancException=OrthancException, Response=http.Response)
    contents.update(Connection(settings).functions())
    contents["rest"] = http.RestClient(module)
    if settings["scripts"]:
        import_module(f"{__package__}.script_packages").restore(settings["scripts"])
    if settings["output"] is not None:
        worker_output.connect(settings["output"])
    names = _Names(module, settings["names"])
    contents["__getattr__"] = names.find
    contents["__dir__"] = names.list
    return module


def install(settings: Mapping[str, Any]) -> None:
    """Make `import orthanc` work in this process, which has just started."""
    sys.modules["orthanc"] = create(settings)
    worker_import.install()


def ignore_interrupts() -> None:
    """Ignore Ctrl-C, which a terminal sends to all processes: Orthanc ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(call: bytes) -> Any:
    """Run a task of an executor of the script: a pickled (function, arguments, keywords)."""
    function, arguments, keywords = worker_import.loads(call)
    return function(*arguments, **keywords)

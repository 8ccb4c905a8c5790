# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contents of the module `orthanc` in a Python outside of Orthanc.

The import of a script works there, so that its functions can be tested: registrations do nothing.
Enumerations, exceptions and types are the real ones. The REST functions send requests to the
Orthanc at ORTHANC_URL (an environment variable). All other functions raise RuntimeError.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

URL_VARIABLE = "ORTHANC_URL"
_RUNTIME = f"{__package__}.orthanc_runtime"  # src/orthanc_runtime, as pip installs it
_NAMES = Path(__file__).with_name("orthanc_names.json")  # written by src/sdk/generate.py

_DECORATORS = ("job", "mount", "on", "route")
_NEED_ORTHANC = ("CheckVersionAdvanced", "GetCommandLineArgument")


def fill(module: ModuleType) -> None:
    """Give the module its contents; most names are made when they are first used."""
    try:
        names = _Names(module, json.loads(_NAMES.read_text(encoding="utf-8")))
    except (FileNotFoundError, ModuleNotFoundError) as error:
        raise ImportError(
            "`import orthanc` outside of Orthanc needs the installed package orthanc-python, not "
            "its sources: run pip install ."
        ) from error
    vars(module).update(names.contents(), __getattr__=names.find, __dir__=names.list)


def _runtime(name: str) -> Any:
    return import_module(f"{_RUNTIME}.{name}")


class _Names:
    """The names of the module, and their values."""

    def __init__(self, module: ModuleType, names: Mapping[str, Any]) -> None:
        self._module = module
        self._providers: Mapping[str, str] = _runtime("module_attributes").PROVIDERS
        self._enumerations = names["enumerations"]
        self._classes = names["classes"]
        self._all = {*self._enumerations, *self._classes, *names["functions"], *self._providers}

    def contents(self) -> dict[str, object]:
        """The values that cost nothing."""
        create = _runtime("enumerations").create
        return {
            "OrthancException": _runtime("errors").OrthancException,
            **{
                name: create(name, "", members, {}, "")
                for name, members in self._enumerations.items()
            },
        }

    def list(self) -> list[str]:
        """The result of `dir(orthanc)`."""
        return sorted({*vars(self._module), *self._all})

    def find(self, name: str) -> object:
        """The value of `orthanc.name`, if the module has no such attribute yet."""
        if name == "__all__":
            return sorted({*self._all, "OrthancException"})
        if name not in self._all:
            errors = _runtime("errors")
            instead = "" if name.startswith("_") else errors.did_you_mean(name, self._all)
            raise errors.unknown_name(f"module 'orthanc' has no attribute {name!r}{instead}")
        return vars(self._module).setdefault(name, self._make(name))

    def _make(self, name: str) -> object:
        if name in _DECORATORS or (
            name.startswith(_runtime("module_attributes").EFFECTLESS)
            and name != "RegisterErrorCode"  # it returns a number
        ):
            return _registration(name)
        if name in self._providers:
            return self._provided(name)
        return self._functions().get(name) or _absent(name, name in self._classes)

    def _provided(self, name: str) -> object:
        """A name that is written in Python: some of these modules run outside of Orthanc, too."""
        try:
            provider = _runtime(self._providers[name])
        except ImportError:
            return _absent(name, name[0].isupper())
        if name == "WorkerPool":
            return _absent(name, True)
        value: object = provider.exports(self._module)[name]
        return value

    def _functions(self) -> dict[str, Callable[..., Any]]:
        """The functions that need no Orthanc, and those that call its REST API."""
        settings = {"arguments": [], "version": "", "constants": {}}
        names = self._all - {*_NEED_ORTHANC}
        functions = _runtime("worker_functions").create({**settings, "names": names})
        connection = _runtime("worker_module").Connection.__new__(_remote_class())
        return {**functions, **connection.functions()}


def _remote_class() -> Any:
    """The class whose `call` is orthanc.CallRestApi; its base has the functions that use it."""
    base: Any = _runtime("worker_module").Connection

    class Remote(base):  # type: ignore[misc]
        def call(
            self,
            method: int,
            uri: str,
            headers: Mapping[str, str] | None = None,
            body: Any = None,
            after_plugins: bool = True,
        ) -> Any:
            return _send(method, uri, headers or {}, body)

    return Remote


def _send(method: int, uri: str, headers: Mapping[str, str], body: Any) -> Any:
    """Send a request to the Orthanc at ORTHANC_URL, with the user and password in it."""
    import requests

    http = _runtime("http")
    url = os.environ.get(URL_VARIABLE, "").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise RuntimeError(
            f"The REST functions of the module orthanc work inside Orthanc only: here, set the "
            f"environment variable {URL_VARIABLE} to the address of an Orthanc, such as "
            f"http://localhost:8042. Its value is {url!r}"
        )
    worker_module = _runtime("worker_module")
    name = next(name for name, number in http.METHODS.items() if number == method)
    try:
        answer = requests.request(
            name, url + uri, headers=dict(headers), data=worker_module.to_body(body), timeout=600
        )
    except requests.RequestException as error:
        raise ConnectionError(f"{name} {url}{uri} ({URL_VARIABLE}): {error}") from error
    return http.Response(name, uri, answer.status_code, answer.headers, answer.content)


def _absent(name: str, is_class: bool) -> object:
    def refuse(*arguments: object, **keywords: object) -> NoReturn:
        raise RuntimeError(
            f"orthanc.{name} works inside Orthanc only: run the script with `orthanc-python run`, "
            f"or replace orthanc.{name} in the unit test"
        )

    if not is_class:
        refuse.__name__ = refuse.__qualname__ = name
        refuse.__module__ = "orthanc"
        return refuse

    def __getattr__(self: object, attribute: str) -> NoReturn:  # noqa: N807
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        refuse()

    def __init__(self: object, *arguments: object, **keywords: object) -> None:  # noqa: N807
        """Do nothing: a script may make objects while it is imported."""

    return type(
        name, (), {"__module__": "orthanc", "__init__": __init__, "__getattr__": __getattr__}
    )


def _registration(name: str) -> Callable[..., Any]:
    """A function that does nothing: it returns the callback, as decorators do."""

    def register(*arguments: Any, **keywords: Any) -> Any:
        caller = sys._getframe(1).f_globals
        if caller.get("__name__") == "__main__" and "__file__" in caller:
            script = os.path.basename(caller["__file__"])
            raise RuntimeError(
                f"{script} is a script for Orthanc, and orthanc.{name} works inside Orthanc only: "
                f"run it with `orthanc-python run {script}`"
            )
        callbacks = [value for value in (*arguments, *keywords.values()) if callable(value)]
        return callbacks[-1] if callbacks else lambda callback: callback

    register.__name__ = register.__qualname__ = name
    register.__module__ = "orthanc"
    return register

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attributes of the module `orthanc` that the native part does not provide."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from importlib.machinery import BuiltinImporter, ModuleSpec
from types import ModuleType

from . import loaded
from .errors import did_you_mean, unknown_name

# The module of this package that provides a name, imported when a script first asks for the name
PROVIDERS = {
    "BaseJob": "jobs",
    "HttpError": "routes",
    "HttpResponse": "routes",
    "Request": "routes",
    "Response": "http",
    "UploadBody": "streams",
    "WebDavFile": "webdav",
    "WebDavFolder": "webdav",
    "WorkerPool": "worker_pool",
    "aio": "aio",
    "http": "http",
    "job": "jobs",
    "mount": "mounts",
    "on": "routes",
    "peer": "http",
    "pixels": "pixels",
    "rest": "http",
    "route": "routes",
}
# The function of Orthanc that a name depends on
_NEEDED = {
    "UploadBody": "RegisterChunkedRestCallback",
    "WebDavFile": "RegisterWebDavCollection",
    "WebDavFolder": "RegisterWebDavCollection",
    "rest": "CallRestApi",
}
_PREFIX = "OrthancPlugin"  # of the names in the SDK
# Prefixes of functions that a script calls during its import, for their effect in Orthanc only
EFFECTLESS = (
    "ClearCurrentThreadName",
    "ExtendOrthancExplorer",
    "Register",
    "SetCurrentThreadName",
    "SetDescription",
    "SetMetrics",
    "SetRootUri",
    "mount",
)
# Not listed: scripts iterate over the module and expect functions and classes only
HIDDEN = ("aio", "http", "pixels", "rest")

running_version = ""  # of Orthanc


def complete(module: ModuleType, missing: MutableMapping[str, str], version: str) -> None:
    """Make `module` look like a built-in one, and explain the names that the running Orthanc lacks.

    `missing` maps each absent name to the release of Orthanc that adds it.
    """
    global running_version
    running_version = version
    # A class whose methods are static is its own instance
    module.__loader__ = BuiltinImporter
    module.__spec__ = ModuleSpec("orthanc", BuiltinImporter, origin="built-in")  # type: ignore[arg-type]
    module.__doc__ = "Orthanc's functions for scripts: the REST API, DICOM, and callbacks."
    missing.update({name: missing[need] for name, need in _NEEDED.items() if need in missing})
    names = _Names(module, missing, version)
    # PEP 562
    vars(module)["__getattr__"] = names.find
    vars(module)["__dir__"] = names.list
    for name in {*PROVIDERS.values()}:
        provider = loaded(name)
        if provider is not None:
            provider.exports(module)  # its state is from an earlier run of Orthanc


class _Names:
    """The names of the module `orthanc` that are not among its contents."""

    def __init__(self, module: ModuleType, missing: MutableMapping[str, str], version: str) -> None:
        self._module = module
        self._missing = missing
        self._version = version
        self._hidden: dict[str, object] = {}

    def find(self, name: str) -> object:
        """The value of `orthanc.name`, if the module has no such attribute yet."""
        if name in self._hidden:
            return self._hidden[name]
        if name == "__all__":  # `from orthanc import *`, and pydoc
            return [name for name in self.list() if not name.startswith("_")]
        since = self._missing.get(name)
        if since is not None:
            raise AttributeError(
                f"orthanc.{name} needs Orthanc {since} or later; this is Orthanc {self._version}"
            )
        if name not in PROVIDERS:
            raise unknown_name(
                f"module 'orthanc' has no attribute {name!r}{self._instead_of(name)}"
            )
        provider = import_module(f"{__package__}.{PROVIDERS[name]}")
        value = provider.exports(self._module)[name]
        contents = self._hidden if name in HIDDEN else vars(self._module)
        return contents.setdefault(name, value)

    def _instead_of(self, name: str) -> str:
        """A suggestion to append to the message about an unknown name."""
        if name.startswith("_"):  # the import statement asks for it, not a script
            return ""
        names = [*self.list(), *HIDDEN, *self._missing]
        short = name[len(_PREFIX) :] if name.startswith(_PREFIX) else name
        if short != name and short in names:
            return f": use orthanc.{short}"
        from . import native  # absent in workers

        instead = native.instead_of(short)
        if instead:
            return f": {instead}"
        enumeration, _, member = short.partition("_")
        members = getattr(vars(self._module).get(enumeration), "__members__", {})
        for candidate in members:
            if member and candidate.replace("_", "").lower() == member.lower():
                return f": use orthanc.{enumeration}.{candidate}"
        return did_you_mean(short, names)

    def list(self) -> list[str]:
        """The result of `dir(orthanc)`."""
        return sorted({*vars(self._module), *self._offered()})

    def _offered(self) -> Iterator[str]:
        return (name for name in PROVIDERS if name not in (*self._missing, *HIDDEN))


def is_standard(name: str) -> bool:
    """Whether the standard library has a module called `name`."""
    if name in sys.builtin_module_names:
        return True
    names = getattr(sys, "stdlib_module_names", None)  # 3.10
    if names is not None:
        return name in names
    from importlib.util import find_spec
    from sysconfig import get_path

    spec = find_spec(name) if name.isidentifier() else None
    origin = spec.origin if spec is not None else None
    return (
        origin is not None
        and origin.startswith((get_path("stdlib"), get_path("platstdlib"), "frozen"))
        and "site-packages" not in origin
        and "dist-packages" not in origin
    )

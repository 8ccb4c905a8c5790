# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What completes the module `orthanc` once the native part has filled it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableMapping
from importlib.machinery import BuiltinImporter, ModuleSpec
from types import ModuleType
from typing import Any

from . import http, jobs, streams, webdav, workers


def complete(module: ModuleType, missing: MutableMapping[str, str], version: str) -> None:
    """Make `module` look like a built-in one, and explain what the running Orthanc lacks.

    `missing` maps each name that is not there to the release of Orthanc that brings it.
    """
    loader: Any = BuiltinImporter  # a class whose methods are static is its own instance
    module.__spec__ = ModuleSpec("orthanc", loader, origin="built-in")
    module.__loader__ = loader
    module.__doc__ = "What Orthanc offers to a script: the REST API, DICOM, and callbacks."
    clients = http.attach(module, missing)
    jobs.attach(module)
    workers.attach(module)
    streams.attach(module, missing)
    webdav.attach(module, missing)
    # PEP 562
    vars(module)["__getattr__"] = _explain(missing, version, clients)


def _explain(
    missing: Mapping[str, str], version: str, clients: Mapping[str, object]
) -> Callable[[str], object]:
    def explain(name: str) -> object:
        if name in clients:
            # not among the module's contents: scripts walk over those, and know functions and
            # classes only
            return clients[name]
        since = missing.get(name)
        if since is not None:
            raise AttributeError(
                f"orthanc.{name} needs Orthanc {since} or later; this is Orthanc {version}"
            )
        raise AttributeError(f"module 'orthanc' has no attribute {name!r}")

    return explain


def is_standard(name: str) -> bool:
    """Whether the standard library (or this plugin) has a module called `name`."""
    if name == "orthanc" or name.startswith("orthanc_layer") or name in sys.builtin_module_names:
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

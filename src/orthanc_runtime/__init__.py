# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The part of the module `orthanc` that is written in Python, embedded in the shared library.

It runs inside Orthanc only, with the standard library of any CPython from 3.9 on. Its modules are
compiled when they are first imported, which delays each start of Orthanc. So modules that few
scripts use are imported on demand, and the others do not import `typing`, which takes 5 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType

sources: Mapping[str, str]


class _Loader:
    """Finds and loads modules whose sources are in memory."""

    @staticmethod
    def find_spec(
        name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "orthanc" and target is not None:
            return target.__spec__  # importlib.reload(orthanc), which changes nothing
        return ModuleSpec(name, _Loader) if name in sources else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None  # an ordinary module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        code = compile(sources[module.__name__], f"<{module.__name__}>", "exec", dont_inherit=True)
        exec(code, vars(module))


def install(texts: Mapping[str, str]) -> None:
    """Make the modules importable; `texts` maps the name of each to its source."""
    global sources
    sources = texts
    # First: importlib.reload(orthanc) must not find the package for Pythons outside of Orthanc
    sys.meta_path.insert(0, _Loader)


def loaded(name: str) -> ModuleType | None:
    """A module of this package, or None if it has not been imported completely."""
    module = sys.modules.get(f"{__name__}.{name}")
    # the watchdog may be importing it on its own thread
    initializing = getattr(getattr(module, "__spec__", None), "_initializing", False)
    return None if initializing else module

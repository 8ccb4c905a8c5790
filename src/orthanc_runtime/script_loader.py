# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load the script of the option `PythonScript`, and unload all scripts when Orthanc is reset."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from . import loaded, native, signals, sources
from .errors import OrthancStopping
from .module_attributes import is_standard

# Python imports these at its own start
_CORE = (
    "_collections_abc",
    "abc",
    "codecs",
    "encodings",
    "genericpath",
    "importlib",
    "io",
    "ntpath",
    "os",
    "posixpath",
    "site",
    "stat",
    "types",
    "zipimport",
)
# Functions of the standard library import these, for tracebacks and for worker processes
_IMPORTED_LATE = (
    "concurrent.futures.process",
    "concurrent.futures.thread",
    "linecache",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
    "token",
    "tokenize",
)

_folder = ""
_hidden: dict[str, ModuleType | None] = {}  # standard modules that a script replaces
_loaded: set[str] = set()
imports: dict[str, tuple[float, float]] = {}  # file -> time of day, seconds that the import took


def run_import(file: str, function: Callable[[], None]) -> None:
    """Call `function`, which imports a script, and remember how long that took."""
    time_of_day, begin = time.time(), time.perf_counter()
    signals.interruptibly(function)
    imports[file] = time_of_day, time.perf_counter() - begin


def refusal(path: str) -> str | None:
    """The reason why the script cannot be run, or None."""
    name, extension = os.path.splitext(os.path.basename(path))
    if extension.lower() != ".py":
        return f'Python script must have the ".py" file extension: {path}'
    if not os.path.exists(path):
        return f"Inexistent file for the Python script: {os.path.abspath(path)}"
    if not os.path.isfile(path):
        return f"The Python script is not a regular file: {os.path.abspath(path)}"
    if _is_needed(name):
        return (
            f'The Python script "{name}.py" has the name of a module that Python or this plugin '
            f'needs ("import {name}" would find the script instead): please rename it'
        )
    return None


def _is_needed(name: str) -> bool:
    """Whether a script of this name would harm Python or this package."""
    if is_standard(name):
        return name in _CORE or name in sys.builtin_module_names or name in _imports_of_plugin()
    return name in sys.modules or name in ("orthanc", "orthanc_runtime")


def _imports_of_plugin() -> set[str]:
    """All modules that this package ever imports, and their packages."""
    import ast

    names = set(_IMPORTED_LATE)
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module or "")
    return names | {name.partition(".")[0] for name in names}


def _hide_standard_module(name: str) -> None:
    """Let a script take the name of a standard module.

    This package imports its own modules now: a later import would find the script instead.
    """
    for module in _imports_of_plugin():
        if is_standard(module.partition(".")[0]):
            with contextlib.suppress(ImportError):  # such as modules of other systems
                __import__(module)
    native.log(
        1,
        "",
        0,
        f'The Python script "{name}.py" hides the standard module "{name}": "import {name}" finds '
        "the script, in all modules. Rename the script if one of them fails",
    )


def _module(loader: SourceFileLoader) -> ModuleType:
    spec = spec_from_file_location(loader.name, loader.path, loader=loader)
    assert spec is not None  # because it has a loader
    return module_from_spec(spec)


def load(path: str) -> None:
    """Import the script as a module of its own name, with its folder first on sys.path."""
    global _folder
    path = os.path.abspath(path)
    name = os.path.splitext(os.path.basename(path))[0]
    _folder = os.path.dirname(path)
    _loaded.update(sys.modules)
    if is_standard(name):
        _hide_standard_module(name)
        _hidden[name] = sys.modules.get(name)
        _loaded.discard(name)
    sys.path.insert(0, _folder)
    loader = SourceFileLoader(name, path)
    module = _module(loader)
    sys.modules[name] = module
    try:
        run_import(path, lambda: loader.exec_module(module))
    except BaseException:
        sys.modules.pop(name, None)
        raise


def unload() -> None:
    """Unload the script and the modules beside it; installed packages stay imported.

    C extensions such as numpy cannot be imported twice in one process.
    """
    while True:
        try:
            _unload()
            return
        except OrthancStopping:
            pass  # the time of the script is over, but its modules must not stay after a reset


def _unload() -> None:
    packages = loaded("script_packages")
    if packages is not None:
        packages.unload()
    imports.clear()
    prefix = os.path.join(_folder, "")
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__dict__", {}).get("__file__") or ""
        beside = prefix and file.startswith(prefix) and "-packages" not in file[len(prefix) :]
        if name == "orthanc" or (beside and name not in _loaded):
            del sys.modules[name]
    sys.modules.update({name: module for name, module in _hidden.items() if module is not None})
    _hidden.clear()
    if _folder in sys.path:
        sys.path.remove(_folder)
    gc.collect()

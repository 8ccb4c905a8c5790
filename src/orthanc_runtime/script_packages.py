# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The scripts of the option `Python.Scripts`, each with the modules beside it.

Two folders may have modules of the same name. So each folder is a package, `orthanc_scripts.NAME`,
and the modules in it have an `__import__` that searches the package first. Imports inside functions
call the same `__import__`, at any time.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Any

_TOP = "orthanc_scripts"
_INIT = "__init__.py"
# A script cannot replace these
_RESERVED = {*sys.builtin_module_names, "__future__", "orthanc", "orthanc_runtime", _TOP}

_places: dict[str, str] = {}  # module -> its file; package of a folder without __init__.py: folder
_builtins: dict[str, dict[str, Any]] = {}  # of the modules in a package


def refusal(path: str) -> str | None:
    """The reason why an entry of `Python.Scripts` cannot be run, or None."""
    path = os.path.abspath(path)
    if os.path.isdir(path):
        return None if files(path) else f"The folder in Python.Scripts has no .py file: {path}"
    if os.path.splitext(path)[1].lower() != ".py":
        return f'A Python script must have the ".py" file extension (Python.Scripts): {path}'
    if not os.path.exists(path):
        return f"Inexistent file for the Python script (Python.Scripts): {path}"
    if not os.path.isfile(path):
        return f"The Python script is not a regular file (Python.Scripts): {path}"
    return None


def files(path: str) -> list[str]:
    """The files to run for an entry: the script, a package, or all scripts of a folder by name."""
    path = os.path.abspath(path)
    if not os.path.isdir(path):
        return [path]
    names = os.listdir(path)
    if _INIT in names:
        return [os.path.join(path, _INIT)]
    scripts = [
        os.path.join(path, name) for name in sorted(names) if not name.startswith(("_", "."))
    ]
    return [file for file in scripts if file.lower().endswith(".py") and os.path.isfile(file)]


def prepare(path: str) -> list[str]:
    """Make the files of an entry importable, and return them."""
    found = files(path)
    for file in found:
        folder, name = os.path.split(file)
        if name == _INIT:
            _package(folder, file)
        else:
            stem = os.path.splitext(name)[0].replace(".", "_")
            _places[f"{_package(folder, folder)}.{stem}"] = file
    _install_finder()
    return found


def load(file: str) -> None:
    """Import a file from `prepare()`, unless another script has imported it already."""
    from . import script_loader  # absent in workers

    module = next(name for name, place in _places.items() if place == file)

    def run() -> None:
        import_module(module)

    script_loader.run_import(file, run)


def _install_finder() -> None:
    if _Finder not in sys.meta_path:
        finder: Any = _Finder
        sys.meta_path.insert(0, finder)


def unload() -> None:
    """Forget all scripts and their modules."""
    for name in [name for name in sys.modules if name.partition(".")[0] == _TOP]:
        del sys.modules[name]
    _places.clear()
    _builtins.clear()
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)


def places() -> dict[str, str]:
    """The modules that a worker must find, for `restore`."""
    return dict(_places)


def restore(found: Mapping[str, str]) -> None:
    """Make the modules of scripts importable in a worker."""
    _places.update(found)
    _install_finder()


def _package(folder: str, place: str) -> str:
    """The package of a folder; `place` is its __init__.py if that is to be run."""
    for name, known in _places.items():
        if name.count(".") == 1 and _folder_of(known) == folder:
            if place != folder:
                _places[name] = place
            return name
    base = re.sub(r"\W", "_", os.path.basename(folder)) or "root"
    name, number = f"{_TOP}.{base}", 1
    while name in _places:
        number += 1
        name = f"{_TOP}.{base}_{number}"
    _places[name] = place
    return name


def _folder_of(place: str) -> str:
    return os.path.dirname(place) if os.path.basename(place) == _INIT else place


class _Finder:
    """Finds the packages of folders, and the modules in them."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] != _TOP:
            return None
        place = _places.get(name)
        if name == _TOP or (place is not None and os.path.isdir(place)):
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [place] if place else []
            if place is None:  # Flask searches the folder of the application by it
                files = (file for file in _places.values() if not os.path.isdir(file))
                spec.origin = next(files, None)
            return spec
        if place is None:
            found = PathFinder.find_spec(name, path)
            if found is not None and type(found.loader) is SourceFileLoader:
                found.loader = _Loader(name, found.loader.path)
            return found
        locations = [os.path.dirname(place)] if os.path.basename(place) == _INIT else None
        return spec_from_file_location(
            name, place, loader=_Loader(name, place), submodule_search_locations=locations
        )


class _Loader(SourceFileLoader):
    """Loads a module whose imports find the modules of its own script first."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        vars(module)["__builtins__"] = _builtins_of(".".join(spec.name.split(".")[:2]))
        return module


def _builtins_of(package: str) -> dict[str, Any]:
    found = _builtins.get(package)
    if found is None:
        found = {**vars(builtins), "__import__": _importer(package)}
        found = _builtins.setdefault(package, found)
    return found


def _importer(package: str) -> Callable[..., Any]:
    """`__import__` for the modules of a package."""
    place = _places[package]
    folder = _folder_of(place)
    own_name = os.path.basename(folder) if place != folder else None
    known: dict[str, str | None] = {}  # the first part of a name -> what takes its place

    def find(top: str) -> str | None:
        if top in _RESERVED:
            return None
        if _is_module(f"{package}.{top}", [folder], top):
            return f"{package}.{top}"
        return package if top == own_name else None

    def import_from_package(
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        top, dot, rest = name.partition(".")
        if level != 0:
            return builtins.__import__(name, globals, locals, fromlist, level)
        if top not in known:
            known[top] = find(top)
        instead = known[top]
        if instead is None:
            return builtins.__import__(name, globals, locals, fromlist, level)
        full = f"{instead}{dot}{rest}"
        if fromlist:
            return builtins.__import__(full, globals, locals, fromlist, 0)
        import_module(full)
        return sys.modules[instead]

    return import_from_package


def _is_module(name: str, path: Sequence[str], top: str) -> bool:
    """Whether a folder has the module; a plain folder hides no module that is installed."""
    if name in _places:
        return True
    spec = PathFinder.find_spec(name, path)
    if spec is None or spec.origin is not None:
        return spec is not None
    return top not in sys.modules and PathFinder.find_spec(top) is None

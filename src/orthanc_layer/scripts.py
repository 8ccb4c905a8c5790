# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loading the user's script, and forgetting it when Orthanc is reset."""

from __future__ import annotations

import gc
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location

from . import signals
from .modules import is_standard

_folder = ""
_loaded: set[str] = set()


def refusal(path: str) -> str | None:
    """Why the script cannot be run, in words, or None."""
    name, extension = os.path.splitext(os.path.basename(path))
    if extension.lower() != ".py":
        return f'Python script must have the ".py" file extension: {path}'
    if not os.path.exists(path):
        return f"Inexistent file for the Python script: {os.path.abspath(path)}"
    if not os.path.isfile(path):
        return f"The Python script is not a regular file: {os.path.abspath(path)}"
    if is_standard(name) or name == "__main__":
        return (
            f'The Python script "{name}.py" has the name of a module that Python or this plugin '
            f'needs ("import {name}" would find the script instead): please rename it'
        )
    return None


def load(path: str) -> None:
    """Import the script as the module that is named like it, with its folder first on sys.path."""
    global _folder
    path = os.path.abspath(path)
    name = os.path.splitext(os.path.basename(path))[0]
    _folder = os.path.dirname(path)
    _loaded.update(sys.modules)
    sys.path.insert(0, _folder)
    loader = SourceFileLoader(name, path)
    spec = spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(f"cannot import {path}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        with signals.interruptible():
            loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def unload() -> None:
    """Forget the script and the modules beside it; installed packages stay imported.

    C extensions such as numpy cannot be imported twice in one process.
    """
    prefix = os.path.join(_folder, "")
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        beside = file.startswith(prefix) and "-packages" not in file[len(prefix) :]
        if name == "orthanc" or (beside and name not in _loaded):
            del sys.modules[name]
    if _folder in sys.path:
        sys.path.remove(_folder)
    gc.collect()

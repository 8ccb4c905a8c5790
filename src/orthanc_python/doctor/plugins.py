# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Find the plugins named "python" that a configuration loads, without loading them."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..configuration_files import Problem
from ..library import library_name

_ENTRY_POINT = b"OrthancPluginInitialize"
_RUNS_SCRIPTS = b'Using Python script "'  # in each release of orthanc-python, and in this plugin
_OURS = b"Python candidate passed over"


@dataclass(frozen=True)
class PythonPlugin:
    """A library that registers itself as the plugin "python"."""

    path: Path
    ours: bool

    def __str__(self) -> str:
        if self.ours:
            return str(self.path)
        return f"{self.path} (orthanc-python, the plugin that this one replaces)"


def libraries(entries: Sequence[str], problems: list[Problem]) -> list[Path]:
    """The files that Orthanc loads for the option Plugins; it does not search subfolders."""
    found: list[Path] = []
    for entry in map(Path, entries):
        if entry.is_dir():
            suffix = Path(library_name()).suffix
            files = sorted(file for file in entry.iterdir() if file.suffix.lower() == suffix)
            found += [file for file in files if file.is_file()]
        elif entry.is_file():
            found.append(entry)
        else:
            remedy = "Correct the path or delete it: Orthanc 1.13 refuses to start without it."
            problems.append(Problem(f"Plugins names {entry}, which does not exist", remedy))
    return found


def python_plugins(paths: Iterable[Path]) -> list[PythonPlugin]:
    """The plugins for Python among the files: this one, or orthanc-python."""
    found = []
    for path in paths:
        ours = _is_ours(path)
        if ours is not None:
            found.append(PythonPlugin(path, ours))
    return found


def _is_ours(path: Path) -> bool | None:
    """Whether the file is this plugin; None if it is not a plugin for Python."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data.find(_ENTRY_POINT) < 0 or data.find(_RUNS_SCRIPTS) < 0:
                return None
            return data.find(_OURS) >= 0
    except (OSError, ValueError):  # unreadable, or empty
        return None


def check_plugins(plugins: Sequence[PythonPlugin], library: Path) -> list[Problem]:
    """Orthanc must load one plugin for Python, and it must be this one."""
    if not plugins:
        found = "Orthanc does not load this plugin: no entry of Plugins leads to it"
        return [Problem(found, f'Add "{library}" to the list Plugins.')]
    if len(plugins) > 1:
        listed = "\n".join(f"  {plugin}" for plugin in plugins)
        found = (
            f'Orthanc loads {len(plugins)} plugins named "python", and refuses to start:\n{listed}'
        )
        return [Problem(found, _remedy(plugins))]
    if not plugins[0].ours:
        return [Problem(f"Orthanc loads {plugins[0]}", _remedy(plugins))]
    return []


def _remedy(plugins: Sequence[PythonPlugin]) -> str:
    for plugin in plugins:
        if not plugin.ours:
            return (
                f"Remove {plugin.path}; if it is of Debian's package: apt-get purge orthanc-python"
            )
    return "Keep one of them, in a folder or by its own path."

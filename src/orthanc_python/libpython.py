# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetch the shared library of Python, which Debian's python3 lacks, without root."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from . import debian_packages


class LibpythonMissing(Exception):
    """This Python has no shared library, and it could not be fetched."""


def libpython_path() -> Path | None:
    """The shared library of the interpreter that runs this code, if its file is there."""
    name = _soname()
    if name is None:
        return None
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    folders = [Path(sys.base_prefix, "lib"), Path(str(sysconfig.get_config_var("LIBDIR")))]
    places = [place / name for folder in folders for place in (folder / multiarch, folder)]
    return next((place for place in places if place.is_file()), None)


def ensure_libpython() -> Path | None:
    """Fetch the shared library if this is a Debian Python without it.

    None means that no action is needed: the plugin finds the library by itself, or reports why it
    cannot use this Python.
    """
    name = _soname()
    if name is None or libpython_path() is not None:
        return None
    if sys.base_prefix != "/usr" or not debian_packages.available():
        return None
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    version = debian_packages.installed_version(python)
    reasons = []
    # Distributions that moved to a 64-bit time_t have "t64" in the name.
    for package in (f"lib{python}", f"lib{python}t64"):
        for wanted in dict.fromkeys((version, None)):
            try:
                return debian_packages.fetch_library(package, name, wanted)
            except debian_packages.PackageError as error:
                reasons.append(str(error))
    raise LibpythonMissing(
        f"{sys.executable} has no shared library. Install it: apt-get install lib{python}\n"
        f"{reasons[0]}"
    )


def _soname() -> str | None:
    """The file name of the library; None for a Python that is built without one."""
    name = sysconfig.get_config_var("INSTSONAME")
    if not sys.platform.startswith("linux") or not isinstance(name, str) or ".so" not in name:
        return None
    return name

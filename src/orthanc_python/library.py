# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The path of the plugin's shared library."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENVIRONMENT_VARIABLE = "ORTHANC_PYTHON_LIBRARY"


class LibraryNotFound(Exception):
    """The shared library is neither beside this package nor named by the environment."""


def library_name() -> str:
    """The file name of the library on this operating system."""
    if sys.platform == "win32":
        return "OrthancPython.dll"
    return "libOrthancPython" + (".dylib" if sys.platform == "darwin" else ".so")


def library_path() -> Path:
    """Absolute path of the shared library that Orthanc has to load.

    The environment variable takes precedence, to test a build tree with an installed package.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        path = Path(named).absolute()
        if not path.is_file():
            raise LibraryNotFound(f"{ENVIRONMENT_VARIABLE} names {path}, which is not a file")
        return path
    path = Path(__file__).absolute().parent / library_name()
    if not path.is_file():
        raise LibraryNotFound(
            f"{path} is missing: install the package with pip, or build the library and set "
            f"{ENVIRONMENT_VARIABLE} to its path"
        )
    return path

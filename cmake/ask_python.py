# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Print what CMake wants to know of the interpreter that runs this: version;include;library."""

from __future__ import annotations

import os
import sys
import sysconfig


def version() -> str:
    suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.version_info[0]}.{sys.version_info[1]}{suffix}"


def library() -> str:
    """The shared library, or where it should be."""
    if sys.platform == "win32":
        name = "python{}{}.lib".format(*sys.version_info[:2])
        return os.path.join(sys.base_prefix, "libs", name)
    variable = sysconfig.get_config_var
    name = str(variable("INSTSONAME") or variable("LDLIBRARY") or "")
    folders = [
        os.path.join(sys.base_prefix, "lib", str(variable("MULTIARCH") or "")),
        os.path.join(sys.base_prefix, "lib"),
        str(variable("LIBDIR") or ""),
    ]
    candidates = [os.path.join(folder, name) for folder in folders]
    return next((path for path in candidates if os.path.exists(path)), candidates[0])


print(version(), sysconfig.get_path("include"), library(), sep=";")

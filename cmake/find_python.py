# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Find a Python to build for: find_python.py [VERSION].

VERSION is "3.13" or "3.13t"; the default is the interpreter that runs this file. Prints
"version;folder of Python.h;shared library" of the first Python that has a Python.h, otherwise of
the first Python that runs, otherwise nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator


def version() -> str:
    suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.version_info[0]}.{sys.version_info[1]}{suffix}"


def library() -> str:
    """The path of the running interpreter's shared library, even if the file is missing."""
    if os.name == "nt":
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


def describe() -> str:
    return ";".join([version(), sysconfig.get_path("include"), library()])


def candidates(wanted: str) -> Iterator[str]:
    """The paths where an interpreter of this version may be, the most likely ones first."""
    yield sys.executable
    name = f"python{wanted}"
    folders = os.environ.get("PATH", "").split(os.pathsep)
    folders += ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"]
    yield from (os.path.join(folder, name) for folder in folders if folder)
    # pyenv's python3.X on PATH refuses to run unless that version is selected
    pyenv = shutil.which("pyenv")
    if pyenv is not None:
        root = subprocess.run([pyenv, "root"], stdout=subprocess.PIPE, text=True).stdout.strip()
        versions = os.path.join(root, "versions")
        if os.path.isdir(versions):
            for folder in sorted(os.listdir(versions), reverse=True):
                yield os.path.join(versions, folder, "bin", name)


def ask(interpreter: str) -> str | None:
    """The output of another interpreter that runs this file."""
    if not os.path.isfile(interpreter):
        return None
    try:
        result = subprocess.run(
            [interpreter, os.path.abspath(__file__)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def find(wanted: str) -> str | None:
    first = None
    for interpreter in candidates(wanted):
        answer = ask(interpreter)
        if answer is None or answer.split(";")[0] != wanted:
            continue
        if os.path.isfile(os.path.join(answer.split(";")[1], "Python.h")):
            return answer
        first = first or answer
    return first


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(find(sys.argv[1]) or "")
    else:
        print(describe())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pythons that have a shared library, from several sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path


class NoSuchPython(Exception):
    """The source does not have this Python; the text names both."""


def interpreter(source: str, version: str, platform: str) -> str:
    """The path of a Python from "uv", "homebrew" or "path", installed if necessary."""
    if source == "path":
        found = shutil.which(f"python{version}")
        if found is None:
            raise NoSuchPython(f"python{version} is not on PATH: install it, or choose a --source")
        return found
    if source == "homebrew":
        formula = f"python@{version}"
        _output(["brew", "install", "--quiet", formula])
        return f"{_output(['brew', '--prefix', formula])}/bin/python{version}"
    request = version
    if platform == "win32":
        flag = "+freethreaded" if version.endswith("t") else ""
        request = f"cpython-{version.rstrip('t')}{flag}-windows-x86-none"
    _output(["uv", "python", "install", request])
    return _output(["uv", "python", "find", "--no-project", "--managed-python", request])


def with_shared_library(version: str, platform: str) -> str:
    """The running Python, or one of the same version from uv if it is static, as in manylinux."""
    base = Path(sys.base_prefix)
    shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
    framework = sysconfig.get_config_var("PYTHONFRAMEWORK")
    if sys.platform == "win32" or shared or framework:
        return sys.executable
    print(f"The Python in {base} has no shared library: asking uv for Python {version}")
    return interpreter("uv", version, platform)


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise NoSuchPython(f"{command[0]} is not installed: {error.strerror}") from None
    if done.returncode != 0:
        raise NoSuchPython(f"{' '.join(command)}: exit code {done.returncode}")
    return done.stdout.strip()

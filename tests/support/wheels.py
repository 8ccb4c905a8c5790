# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder in which pip finds the package of this source tree, and its requirements."""

from __future__ import annotations

import sys
from pathlib import Path

from .commands import run

ROOT = Path(__file__).parents[2]
PIP_CONFIGURATION = "[global]\nno-index = true\nfind-links = /wheels\n"


def make_wheels(folder: Path, python: str) -> Path:
    """The wheels, for Debian's Python of this version."""
    pip = [sys.executable, "-m", "pip"]
    options = ["-C", "cmake.define.PYTHON_VERSION=any", "-C", "wheel.py-api=py3"]
    build = ["--no-deps", "--no-build-isolation", "-C", f"build-dir={folder / 'build'}"]
    wheels = folder / "wheels"
    run([*pip, "wheel", "-w", str(wheels), *build, *options, str(ROOT)])
    fitting = ["--only-binary", ":all:", "--python-version", python, "-d", str(wheels)]
    (wheel,) = wheels.glob("orthanc_python-*.whl")
    run([*pip, "download", *fitting, str(wheel)])
    return wheels

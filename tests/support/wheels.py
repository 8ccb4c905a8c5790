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
    return with_requirements(build_wheel(folder), folder / "wheels", python)


def build_wheel(folder: Path) -> Path:
    """The wheel of this source tree."""
    pip = [sys.executable, "-m", "pip"]
    build = ["--no-deps", "--no-build-isolation", "-C", f"build-dir={folder / 'build'}"]
    run([*pip, "wheel", "-w", str(folder / "built"), *build, str(ROOT)])
    (wheel,) = (folder / "built").glob("orthanc_python-*-py3-none-*.whl")
    return wheel


def with_requirements(wheel: Path, folder: Path, python: str, extras: str = "") -> Path:
    """A folder with the wheel and all that it requires, for Debian's Python of this version."""
    fitting = ["--only-binary", ":all:", "--python-version", python, "-d", str(folder)]
    target = f"{wheel}[{extras}]" if extras else str(wheel)
    run([sys.executable, "-m", "pip", "download", *fitting, target])
    return folder

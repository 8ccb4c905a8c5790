# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build an artifact on this machine with a compiler for the platform of the artifact.

zig (PyPI: ziglang) builds for Linux and macOS, MinGW (Debian: g++-mingw-w64) for Windows. As with
cibuildwheel, the build makes a wheel, and the library comes from that wheel.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import names, project, python_headers, universal2, wheels
from .matrix import ANY, Artifact
from .subprocesses import SUBPROCESSES

_TOOLCHAINS = project.ROOT / "cmake" / "toolchains"
_MINGW = {"x86_64": "x86_64", "x86": "i686"}


class CannotBuild(Exception):
    """This machine lacks a requirement; the text names it."""


def toolchain(artifact: Artifact, machine: str) -> Path:
    """The CMake file for one processor of a platform."""
    system = artifact.platform.system
    if system == "windows":
        path = _TOOLCHAINS / f"mingw-{_MINGW[machine]}.cmake"
        if shutil.which(f"{_MINGW[machine]}-w64-mingw32-g++-posix") is None:
            raise CannotBuild(f"needs g++-mingw-w64-{_MINGW[machine].replace('_', '-')}-posix")
    else:
        path = _TOOLCHAINS / f"zig-{system}-{machine}.cmake"
    if not path.is_file():
        raise CannotBuild(f"needs {path.relative_to(project.ROOT)}")
    return path


def zig() -> Path:
    """The program of PyPI's package ziglang."""
    found = importlib.util.find_spec("ziglang")
    if found is None or found.origin is None:
        raise CannotBuild("needs PyPI's package ziglang")
    return Path(found.origin).parent / "zig"


def build(artifact: Artifact, work: Path, dist: Path, log: Path) -> tuple[Path, Path]:
    """The library and the wheel, under the names of a release, in `dist`."""
    made = []
    for machine in artifact.platform.machines:
        made.append(_wheel(artifact, machine, work / machine, log))
    joined = None
    if len(made) > 1:
        joined = universal2.join([wheels.library(path, artifact.platform) for path in made])
    wheel = wheels.finish(made[0], dist, artifact, project.source_date(), joined)
    library = dist / names.library(artifact, project.version())
    library.write_bytes(wheels.library(wheel, artifact.platform))
    library.chmod(0o755)
    return library, wheel


def _wheel(artifact: Artifact, machine: str, work: Path, log: Path) -> Path:
    define = {
        "CMAKE_TOOLCHAIN_FILE": toolchain(artifact, machine),
        "PYTHON_VERSION": artifact.python.version,
    }
    if artifact.python.tag != ANY:
        try:
            define["PYTHON_INCLUDE_DIR"] = python_headers.folder(artifact)
        except python_headers.NoHeaders as error:
            raise CannotBuild(str(error)) from None
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(project.source_date())}
    if artifact.platform.system != "windows":
        environment["ZIG"] = str(zig())
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        command += ["-w", folder, "-C", f"build-dir={work / 'cmake'}", "-v"]
        for name, value in define.items():
            command += ["-C", f"cmake.define.{name}={value}"]
        SUBPROCESSES.check([*command, str(project.ROOT)], log, environment)
        (wheel,) = Path(folder).iterdir()
        return Path(shutil.move(wheel, work / wheel.name))

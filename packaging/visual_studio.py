# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""On Windows: build with Visual Studio as in docs/building.md, for release and for debugging.

    python packaging/visual_studio.py

The libraries are for the Python that runs this program. The program checks each library and loads
it into an Orthanc, which must refuse a library for a debug build of Python.
"""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline import checks, project
from pipeline.matrix import Matrix, Platform, load

SMOKE = project.ROOT / "tests" / "smoke"
VERSION = "{}.{}".format(*sys.version_info[:2])


@dataclass(frozen=True)
class Build:
    """One invocation of CMake, and whether the library must work with the running Python."""

    config: str
    release_libs: str = "ON"
    toolset: str = ""
    accepts: bool = True

    @property
    def name(self) -> str:
        """The name in messages and of the folder."""
        return "-".join(filter(None, [self.config, self.release_libs, self.toolset]))


BUILDS = (
    Build("Release"),
    Build("Debug"),
    Build("Debug", release_libs="OFF", accepts=False),
    Build("Release", toolset="ClangCL"),
)


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--generator", default="Visual Studio 17 2022")
    parser.add_argument("--work", type=Path, default=project.ROOT / "build" / "visual-studio")
    options = parser.parse_args()
    target = this_machine(load())
    failed = []
    for one in BUILDS:
        folder = options.work / one.name
        for command in commands(one, folder, options.generator, target):
            subprocess.run(command, check=True)
        library = folder / one.config / "OrthancPython.dll"
        problems = checks.library(library.read_bytes(), target, project.version())
        problems += loaded(library, one)
        print(f"{one.name}: {'; '.join(problems) or 'ok'}", flush=True)
        failed += problems
    return 1 if failed else 0


def this_machine(matrix: Matrix) -> Platform:
    """The platform of the running Python: 64 or 32 bits."""
    tag = "win_amd64" if sys.maxsize > 2**32 else "win32"
    return next(one for one in matrix.platforms if one.tag == tag)


def commands(one: Build, folder: Path, generator: str, target: Platform) -> list[list[str]]:
    """The commands to configure and build."""
    configure = ["cmake", "-S", str(project.ROOT), "-B", str(folder), "-G", generator]
    configure += ["-A", "x64" if target.tag == "win_amd64" else "Win32"]
    configure += ["-T", one.toolset] if one.toolset else []
    configure += [f"-DPYTHON_VERSION={VERSION}", f"-DPYTHON_WINDOWS_ROOT={sys.base_prefix}"]
    configure += ["-DSTATIC_BUILD=ON", f"-DCMAKE_BUILD_TYPE={one.config}"]
    configure += [f"-DPYTHON_WINDOWS_USE_RELEASE_LIBS={one.release_libs}"]
    return [configure, ["cmake", "--build", str(folder), "--config", one.config, "--parallel"]]


def loaded(library: Path, one: Build) -> list[str]:
    """The problems when an Orthanc loads the library."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "orthanc.log")
        command = [sys.executable, str(SMOKE), str(library), "--log", str(log)]
        passed = subprocess.run(command, check=False).returncode == 0
        text = log.read_text(encoding="utf-8") if log.is_file() else ""
    if passed != one.accepts:
        return ["works with a Python that it is not made for" if passed else "does not work"]
    if not passed and not re.search(rf"\b{re.escape(VERSION)}d\b", text):
        return [f"does not say that it needs Python {VERSION}d"]
    return []


if __name__ == "__main__":
    if platform.system() != "Windows":
        sys.exit("Visual Studio needs Windows")
    sys.exit(main())

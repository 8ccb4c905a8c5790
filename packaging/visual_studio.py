# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""On Windows: build with Visual Studio as docs/how-to/building.md says, for release and debugging.

    python packaging/visual_studio.py --root FOLDER

FOLDER holds a Python with debug binaries: packaging/unpack_debug_python.py unpacks one. The
program checks each library, and loads it with python.exe and python_d.exe into the program of
tests/fake_orthanc. A library must work with the Python that it is made for, and refuse the other
one.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline import checks, project
from pipeline.matrix_file import Platform, load

LOAD = project.ROOT / "tests" / "fake_orthanc" / "load.py"


@dataclass(frozen=True)
class Build:
    """One invocation of CMake."""

    config: str
    release_libs: str = "ON"
    toolset: str = ""

    @property
    def name(self) -> str:
        """The name in messages and of the folder."""
        return "-".join(filter(None, [self.config, self.release_libs, self.toolset]))

    @property
    def for_debug_python(self) -> bool:
        """Whether the library is for python_d.exe."""
        return self.config == "Debug" and self.release_libs == "OFF"


BUILDS = (
    Build("Release"),
    Build("Debug"),
    Build("Debug", release_libs="OFF"),
    Build("Release", toolset="ClangCL"),
)


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, help="the folder of a Python")
    parser.add_argument("--generator", default="Visual Studio 17 2022")
    parser.add_argument("--work", type=Path, default=project.ROOT / "build" / "visual-studio")
    options = parser.parse_args()
    if sys.platform != "win32":
        sys.exit("Visual Studio needs Windows")
    root, target = options.root.absolute(), load().platform("win_amd64")
    version = version_of(root)
    failed = []
    for one in BUILDS:
        folder = options.work / one.name
        for command in commands(one, folder, options.generator, target, root, version):
            if shutil.which("cmake") is None or subprocess.run(command, check=False).returncode:
                sys.exit(f"{one.name}: needs cmake on PATH and {options.generator}; see above")
        library = folder / one.config / "OrthancPython.dll"
        problems = checks.library(library.read_bytes(), target, project.version())
        for command in loads(one, library, root, version):
            if subprocess.run(command, check=False).returncode != 0:
                problems.append(f"see above: {' '.join(command[2:])}")
        print(f"{one.name}: {'; '.join(problems) or 'ok'}", flush=True)
        failed += problems
    return 1 if failed else 0


def version_of(root: Path) -> str:
    """The version of the Python in a folder: "3.13"."""
    header = root / "include" / "patchlevel.h"
    if not header.is_file():
        sys.exit(
            f"{root} holds no Python with its headers: run packaging/unpack_debug_python.py {root}"
        )
    found = re.search(r'PY_VERSION\s+"(3\.\d+)', header.read_text(encoding="utf-8"))
    return found[1] if found else sys.exit(f"{header} does not define PY_VERSION")


def commands(
    one: Build, folder: Path, generator: str, target: Platform, root: Path, version: str
) -> list[list[str]]:
    """The commands to configure and build."""
    configure = ["cmake", "-S", str(project.ROOT), "-B", str(folder), "-G", generator]
    configure += ["-A", "x64" if target.archs == "AMD64" else "Win32"]
    configure += ["-T", one.toolset] if one.toolset else []
    configure += [f"-DPYTHON_VERSION={version}", f"-DPYTHON_WINDOWS_ROOT={root}"]
    configure += ["-DSTATIC_BUILD=ON", f"-DCMAKE_BUILD_TYPE={one.config}"]
    configure += [f"-DPYTHON_WINDOWS_USE_RELEASE_LIBS={one.release_libs}"]
    return [configure, ["cmake", "--build", str(folder), "--config", one.config, "--parallel"]]


def loads(one: Build, library: Path, root: Path, version: str) -> list[list[str]]:
    """The commands that load the library: with its own Python, and with the one to refuse."""
    programs = [root / "python.exe", root / "python_d.exe"]
    own, other = reversed(programs) if one.for_debug_python else programs
    text = f"the plugin needs CPython {version}{'d' if one.for_debug_python else ''}"
    load = [sys.executable, str(LOAD), str(library), "--python"]
    return [[*load, str(own)], [*load, str(other), "--refused", text]]


if __name__ == "__main__":
    sys.exit(main())

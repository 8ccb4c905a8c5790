# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin and the fake Orthanc for Windows, built with MinGW."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support import cache, fake_orthanc
from tests.support.fake_orthanc import ROOT, run_cmake
from tests.support.machine_packages import install_on_this_machine

TRIPLETS = {"x64": "x86_64-w64-mingw32", "x86": "i686-w64-mingw32"}
_TOOLCHAINS = {"x64": "mingw-x86_64.cmake", "x86": "mingw-i686.cmake"}
_PACKAGES = {"x64": "g++-mingw-w64-x86-64-posix", "x86": "g++-mingw-w64-i686-posix"}


@dataclass(frozen=True)
class Binaries:
    """The binaries for one machine, "x64" or "x86"."""

    machine: str
    plugin: Path
    fake_orthanc: Path

    @property
    def compiler(self) -> str:
        return f"{TRIPLETS[self.machine]}-gcc-posix"

    @property
    def objdump(self) -> str:
        return f"{TRIPLETS[self.machine]}-objdump"


def build(machine: str) -> Binaries:
    """Build or update both."""
    fake = build_fake_orthanc(machine)
    folder = cache.build_folder(f"windows-{machine}")
    with cache.locked(f"build-{folder.name}"):
        options = ("-DPYTHON_VERSION=any", "-DORTHANC_PYTHON_WERROR=ON", _toolchain(machine))
        run_cmake(ROOT, folder / "plugin", *options)
    return Binaries(machine, folder / "plugin/OrthancPython.dll", fake)


def build_fake_orthanc(machine: str) -> Path:
    """Build the fake Orthanc alone, for a plugin that was built elsewhere."""
    if shutil.which(f"{TRIPLETS[machine]}-g++-posix") is None:
        install_on_this_machine(_PACKAGES[machine])
    folder = cache.build_folder(f"windows-{machine}")
    with cache.locked(f"build-{folder.name}"):
        fake_orthanc.build(folder / "fake", _toolchain(machine))
    return folder / "fake" / "fake_orthanc.exe"


def _toolchain(machine: str) -> str:
    return f"-DCMAKE_TOOLCHAIN_FILE={ROOT / 'cmake/toolchains' / _TOOLCHAINS[machine]}"

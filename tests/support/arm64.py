# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin for another processor, whose programs qemu runs."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import ziglang

from . import cache
from .fake_orthanc import ROOT, run_cmake


@functools.cache
def library() -> Path:
    """The library for every Python on Linux and aarch64."""
    folder = cache.build_folder("plugin-aarch64")
    toolchain = ROOT / "cmake/toolchains/zig-linux-aarch64.cmake"
    # PYTHON_VERSION=any needs no Python.h, of which there is none for that processor
    options = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DPYTHON_VERSION=any"]
    zig = Path(ziglang.__file__).parent / "zig"
    with cache.locked(f"build-{folder.name}"):
        run_cmake(ROOT, folder, *options, env={**os.environ, "ZIG": str(zig)})
    return folder / "libOrthancPython.so"

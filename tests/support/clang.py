# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's Clang, for its sanitizers and its fuzzer."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

from .machine_packages import install_on_this_machine

_RUNTIME = "lib/clang/*/lib/linux/libclang_rt.fuzzer*.a"


@functools.cache
def compilers() -> tuple[Path, Path]:
    """The compilers for C and for C++; installed if they are missing, which needs root."""
    # llvm's symbolizer resolves the function names by which known reports are suppressed
    parts = ("bin/clang++", _RUNTIME)
    if shutil.which("llvm-symbolizer") is None or not all(
        any(Path("/usr/lib").glob(f"llvm-*/{part}")) for part in parts
    ):
        install_on_this_machine("clang", "libclang-rt-dev", "llvm")
    newest = max(Path("/usr/lib").glob(f"llvm-*/{_RUNTIME}"))
    folder = newest.parents[5] / "bin"
    return folder / "clang", folder / "clang++"


def options() -> list[str]:
    """The options that make CMake use Clang."""
    c, cxx = compilers()
    return [f"-DCMAKE_C_COMPILER={c}", f"-DCMAKE_CXX_COMPILER={cxx}"]

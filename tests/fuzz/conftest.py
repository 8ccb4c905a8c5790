# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the fuzz targets, with Clang."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import cache
from tests.support.host import install_on_host
from tests.support.orthanc_host import ROOT, run_cmake


def clang() -> Path:
    """A clang++ of Debian that has the sanitizers and libFuzzer."""
    runtime = "lib/clang/*/lib/linux/libclang_rt.fuzzer*.a"
    if not any(Path("/usr/lib").glob(f"llvm-*/{runtime}")):
        install_on_host("clang", "libclang-rt-dev")
    newest = max(Path("/usr/lib").glob(f"llvm-*/{runtime}"))
    return newest.parents[5] / "bin" / "clang++"


@pytest.fixture(scope="session")
def fuzz_targets() -> Path:
    """The folder of the programs."""
    compiler = clang()
    folder = cache.build_folder("fuzz")
    with cache.locked(f"build-{folder.name}"):
        run_cmake(
            ROOT,
            folder,
            "-DPYTHON_VERSION=any",
            "-DORTHANC_PYTHON_FUZZ=ON",
            f"-DCMAKE_C_COMPILER={compiler.with_name(compiler.name.replace('++', ''))}",
            f"-DCMAKE_CXX_COMPILER={compiler}",
            "-DORTHANC_PYTHON_SANITIZE=address,undefined,fuzzer-no-link",
        )
    return folder / "tests" / "fuzz"

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the fuzz targets, with Clang."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import cache, clang
from tests.support.fake_orthanc import ROOT, run_cmake


@pytest.fixture(scope="session")
def fuzz_targets() -> Path:
    """The folder of the programs."""
    folder = cache.build_folder("fuzz")
    with cache.locked(f"build-{folder.name}"):
        run_cmake(
            ROOT,
            folder,
            "-DPYTHON_VERSION=any",
            "-DORTHANC_PYTHON_FUZZ=ON",
            *clang.options(),
            "-DORTHANC_PYTHON_SANITIZE=address,undefined,fuzzer-no-link",
        )
    return folder / "tests" / "fuzz"

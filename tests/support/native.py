# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small test programs for single parts of the plugin."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support import cache

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "plugin"
YYJSON = ROOT / "src" / "third_party" / "yyjson" / "yyjson.c"


def compile_program(
    main: Path, sources: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Build a program once per run; CXX and CXXFLAGS (e.g. sanitizers) have their usual meaning."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # the workers of pytest-xdist share the result
    output = folder / main.stem
    command = [
        *shlex.split(os.environ.get("CXX", "c++")),
        *("-std=c++17", "-O0", "-g", "-Wall", "-Wextra", "-Werror"),
        *(f"-I{SOURCES}", f"-I{ROOT / 'tests'}", f"-isystem{YYJSON.parent}"),
        *shlex.split(os.environ.get("CXXFLAGS", "")),
        *map(str, [main, *sources]),
        *("-x", "c++", str(YYJSON), "-x", "none"),
        *("-o", str(output), "-pthread", "-ldl"),
    ]
    with cache.locked("native-programs"):
        if not output.exists():
            subprocess.run(command, check=True)
    return output

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check that a library and its wheel meet the promises of docs/contributing/releasing.md."""

from __future__ import annotations

from pathlib import Path

from .. import names
from ..matrix_file import Matrix, Platform
from . import elf, macho, pe, wheel


def library(data: bytes, platform: Platform, version: str) -> list[str]:
    """The problems of a library, one line each."""
    if platform.system == "linux":
        problems = elf.check(data, platform)
    elif platform.system == "macos":
        problems = macho.check(data, platform)
    else:
        problems = pe.check(data, platform, version)
    if version.encode() not in data:
        problems.append(f"the version {version} is not in it")
    return problems


def folder(dist: Path, matrix: Matrix, version: str) -> list[str]:
    """The problems of the wheels and libraries in a folder: all of the matrix must be there."""
    problems = []
    for platform in matrix.platforms:
        wheel_path = dist / names.wheel(platform, version)
        for artifact in matrix.artifacts(platforms=[platform.tag]):
            path = dist / names.library(artifact, version)
            if not path.is_file():
                problems.append(f"{path.name} is missing in {dist}")
                continue
            found = library(path.read_bytes(), platform, version)
            problems += [f"{path.name}: {text}" for text in found]
        if wheel_path.is_file():
            universal = dist / names.universal_library(platform, version)
            found = wheel.check(wheel_path, platform, universal)
            problems += [f"{wheel_path.name}: {text}" for text in found]
        else:
            problems.append(f"{wheel_path.name} is missing in {dist}")
    return problems

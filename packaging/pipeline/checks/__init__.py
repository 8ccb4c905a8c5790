# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check that a library and its wheel meet the promises of a release; see docs/releasing.md."""

from __future__ import annotations

from pathlib import Path

from ..matrix import Artifact, Platform
from . import elf, macho, pe, wheel


def library(
    data: bytes, platform: Platform, version: str, linked_by_zig: bool = False
) -> list[str]:
    """The problems of a library, one line each."""
    if platform.system == "linux":
        problems = elf.check(data, platform)
    elif platform.system == "macos":
        problems = macho.check(data, platform, linked_by_zig)
    else:
        problems = pe.check(data, platform, version)
    if version.encode() not in data:
        problems.append(f"the version {version} is not in it")
    return problems


def artifact(
    made: Artifact,
    wheel_path: Path,
    library_path: Path,
    version: str,
    linked_by_zig: bool = False,
) -> list[str]:
    """The problems of the two files of an artifact."""
    data = library_path.read_bytes()
    problems = [
        f"{library_path.name}: {text}"
        for text in library(data, made.platform, version, linked_by_zig)
    ]
    problems += [f"{wheel_path.name}: {text}" for text in wheel.check(wheel_path, made, data)]
    return problems

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read wheels."""

from __future__ import annotations

import zipfile
from pathlib import Path

from . import names
from .matrix_file import Platform


def read(path: Path) -> dict[str, bytes]:
    """The files in a wheel, by name."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def library(path: Path, platform: Platform) -> bytes:
    """The library in a wheel."""
    return read(path)[f"orthanc_python/{names.library_in_package(platform)}"]

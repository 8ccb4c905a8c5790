# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the host program for this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import cache, orthanc_host


@pytest.fixture(scope="session")
def host_program() -> Path:
    folder = cache.build_folder("host")
    with cache.locked(f"build-{folder.name}"):
        orthanc_host.build(folder)
    return folder / "orthanc_host"

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder in which the tests keep costly artifacts: Debian releases and Python packages."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import filelock
import platformdirs

ENVIRONMENT_VARIABLE = "ORTHANC_PYTHON_TEST_CACHE"


def folder() -> Path:
    """The cache; created if it is missing."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    usual = platformdirs.user_cache_path("orthanc-python-tests", appauthor=False)
    path = Path(named).absolute() if named else usual
    path.mkdir(parents=True, exist_ok=True)
    return path


def build_folder(name: str) -> Path:
    """A build folder for these sources; each checkout has its own."""
    checkout = hashlib.sha256(str(Path(__file__).parents[2]).encode()).hexdigest()[:8]
    path = folder() / "builds" / f"{name}-{checkout}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def locked(name: str) -> filelock.BaseFileLock:
    """Let one process at a time make the entry `name`; the others wait until it is complete."""
    return filelock.FileLock(folder() / f"{name}.lock")

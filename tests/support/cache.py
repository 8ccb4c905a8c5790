# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder in which the tests keep what is costly to make: Debian suites and Python packages."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENVIRONMENT_VARIABLE = "ORTHANC_PYTHON_TEST_CACHE"


def folder() -> Path:
    """The cache; made if it is missing."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        path = Path(named).absolute()
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        path = Path(base) / "orthanc-python-tests"
    path.mkdir(parents=True, exist_ok=True)
    return path


def build_folder(name: str) -> Path:
    """A folder to build these sources in; those of another checkout have their own."""
    checkout = hashlib.sha256(str(Path(__file__).parents[2]).encode()).hexdigest()[:8]
    path = folder() / "builds" / f"{name}-{checkout}"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time make the entry `name`; the others wait and then find it made."""
    with open(folder() / f"{name}.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder for downloaded files, shared by several processes."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock
import platformdirs

ENVIRONMENT_VARIABLE = "ORTHANC_PYTHON_CACHE"
_NAME = "orthanc-python"


def cache_folder() -> Path:
    """The folder for downloaded files; created if needed.

    A service account may have no home folder, or not write to it: the cache is then a private
    folder among the temporary files.
    """
    override = os.environ.get(ENVIRONMENT_VARIABLE)
    if override:
        folder = Path(override).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PermissionError(
                f"{ENVIRONMENT_VARIABLE} names the folder {folder}, which cannot be used: "
                f"{error.strerror}"
            ) from None
        return folder
    usual = _usual_folder()
    if usual is not None:
        with contextlib.suppress(OSError):
            usual.mkdir(parents=True, exist_ok=True)
            if os.access(usual, os.W_OK):
                return usual
    return _temporary_folder()


def _usual_folder() -> Path | None:
    folder = platformdirs.user_cache_path(_NAME, appauthor=False)
    if not folder.is_absolute():  # no HOME, and the account is not in the user database
        return None
    if os.environ.get("XDG_CACHE_HOME"):
        return folder
    home = Path.home()
    return folder if home.is_dir() and home != home.parent else None


def _temporary_folder() -> Path:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir(), f"{_NAME}-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        # Programs are started from here: do not trust a folder of another account.
        raise PermissionError(
            f"{folder} belongs to another account: set {ENVIRONMENT_VARIABLE} to a folder of yours"
        )
    return folder


def locked(path: Path) -> filelock.BaseFileLock:
    """The lock of `path`, a context manager. The system releases it if the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(path.with_name(path.name + ".lock"))


@contextlib.contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """A folder to fill; at the end it is renamed to `final`, or deleted on an error."""
    final.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=final.parent))
    try:
        yield folder
        folder.chmod(0o755)
        folder.rename(final)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

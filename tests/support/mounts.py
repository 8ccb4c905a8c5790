# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mounts that the kernel removes when the process ends."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

_CLONE_NEWNS = 0x00020000

_private = False


def enter_private_namespace() -> None:
    """Give this process a mount namespace of its own.

    The kernel drops its mounts when the last process in it ends, also after SIGKILL, so that
    nothing has to be unmounted and nothing can be left behind.
    """
    global _private
    if _private:
        return
    library = ctypes.CDLL(None, use_errno=True)  # os.unshare() exists since Python 3.12
    if library.unshare(_CLONE_NEWNS) != 0:
        error = ctypes.get_errno()
        raise PermissionError(
            error,
            f"Cannot make a private mount namespace ({os.strerror(error)}): "
            "the tests with Debian releases need root and the capability CAP_SYS_ADMIN",
        )
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    _private = True


def mount_once(kind: str, target: Path) -> None:
    """Mount a file system without a device (proc, tmpfs) in the private namespace."""
    enter_private_namespace()
    target.mkdir(parents=True, exist_ok=True)
    if not os.path.ismount(target):
        subprocess.run(["mount", "-t", kind, kind, str(target)], check=True)

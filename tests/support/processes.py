# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes by their process IDs."""

from __future__ import annotations

import psutil


def alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def address_space(pid: int) -> int:
    """The virtual memory of a process in bytes, which RLIMIT_AS limits."""
    return int(psutil.Process(pid).memory_info().vms)


def descendants(pid: int) -> list[int]:
    """The child processes of a process, and their descendants."""
    return [process.pid for process in psutil.Process(pid).children(recursive=True)]

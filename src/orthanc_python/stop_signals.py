# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signals that stop an Orthanc process."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def listens_to_signals(pid: int) -> bool:
    """Whether SIGTERM would stop the process cleanly.

    Orthanc responds to its first request shortly before it installs its handlers, and has none
    during a stop or a reset. It installs the handler of SIGHUP last, and no other code installs
    one; it removes the one of SIGTERM first.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True  # no /proc here, or the process has ended: the next poll detects that
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    needed = 1 << signal.SIGHUP - 1 | 1 << signal.SIGTERM - 1
    return caught is None or int(caught[1], 16) & needed == needed


@contextlib.contextmanager
def deliverable_signals() -> Iterator[None]:
    """Unblock the signals that stop Orthanc for processes that this thread starts.

    The caller may have blocked them, and processes inherit the mask.
    """
    if sys.platform == "win32":
        yield
        return
    stopping = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, stopping)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ask_to_stop(process: subprocess.Popen[bytes]) -> None:
    """Send the signal after which Orthanc stops cleanly.

    Raises OSError on Windows if this process has no console.
    """
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.terminate()

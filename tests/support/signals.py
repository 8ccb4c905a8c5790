# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signals that processes inherit as ignored: tests may run under nohup or in the background."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Iterator

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def inherited(
    *, ignored: Iterable[signal.Signals] = (), blocked: Iterable[signal.Signals] = ()
) -> Iterator[None]:
    """Let new processes ignore and block only these of the signals in STOPPING."""
    ignored, blocked = set(ignored), set(blocked)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    handlers = {
        number: signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        for number in STOPPING
    }
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, set(STOPPING) - blocked)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

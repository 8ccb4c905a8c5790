# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last exceptions that the log has shown, for the status page.

Nothing is kept until this module is imported.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

_MOST = 50
_LONGEST = 20_000  # characters of a traceback

_errors: deque[dict[str, Any]] = deque(maxlen=_MOST)
_lock = threading.Lock()
_count = 0


def keep() -> None:
    """Keep the exceptions from now on: done by the import of this module."""


def record(headline: str, traceback: str) -> None:
    """Keep an exception; repetitions of the last one only count."""
    global _count
    if len(traceback) > _LONGEST:
        half = _LONGEST // 2
        traceback = f"{traceback[:half]}\n  ... shortened ...\n{traceback[-half:]}"
    with _lock:
        _count += 1
        last = _errors[-1] if _errors else {}
        if (last.get("Headline"), last.get("Traceback")) == (headline, traceback):
            _errors[-1] = {**last, "Time": time.time(), "Times": last["Times"] + 1}
            return
        _errors.append(
            {
                "Number": _count,
                "Time": time.time(),
                "Times": 1,
                "Headline": headline,
                "Traceback": traceback,
            }
        )


def newest_first() -> list[dict[str, Any]]:
    """The exceptions that are kept."""
    with _lock:
        return [dict(error) for error in reversed(_errors)]


def count() -> int:
    """The number of exceptions since the start of the process."""
    return _count

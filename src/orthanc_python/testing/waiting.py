# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wait for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_INTERVAL = 0.02  # seconds between two checks


def wait_for(condition: Callable[[], T], what: str = "the condition", timeout: float = 60) -> T:
    """Wait for the first true value of the condition, and return it.

    Raises TimeoutError, whose message says `what` did not come true.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true within {timeout} s")
        time.sleep(_INTERVAL)

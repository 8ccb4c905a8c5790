# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The functions that process_pool.py runs in its worker processes."""

from __future__ import annotations

import math
import os
import signal
import time
from typing import Any


def initialize() -> None:
    # Ctrl-C in a terminal reaches the whole process group; only Orthanc must handle it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sum_of_square_roots(size: int) -> dict[str, Any]:
    start = time.perf_counter()
    total = math.fsum(math.sqrt(number) for number in range(size))
    return {"sum": total, "seconds": time.perf_counter() - start, "process": os.getpid()}

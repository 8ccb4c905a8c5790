# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What process_pool.py runs in its processes."""

from __future__ import annotations

import math
import os
import signal
import time
from typing import Any


def initialize() -> None:
    # Ctrl-C in a terminal reaches the whole process group: Orthanc alone decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sum_of_square_roots(size: int) -> dict[str, Any]:
    start = time.perf_counter()
    total = math.fsum(math.sqrt(number) for number in range(size))
    return {"sum": total, "seconds": time.perf_counter() - start, "process": os.getpid()}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare the times of two simultaneous requests that compute and of one, with and without GIL:

python -m tests.robustness.parallel

On a machine with two idle processors, compare the wall times. On a busy machine, compare the CPU
times: if two requests take twice the CPU time of one, only the load of the machine delays them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil

from orthanc_python.find_orthanc import find_orthanc
from orthanc_python.library import library_path
from orthanc_python.server import Orthanc
from tests.support import free_threaded

SCRIPT = """
import orthanc

def compute(output, uri, **request):
    total = 0
    for i in range(5000000):
        total += i % 7
    output.AnswerBuffer(str(total), 'text/plain')

orthanc.RegisterRestCallback('/compute', compute)
"""


class Times(NamedTuple):
    """Wall time and CPU time in seconds."""

    clock: float
    processor: float


def times(server: Orthanc, requests: int) -> Times:
    """The times of so many simultaneous requests."""
    before, begin = _processor(server.pid), time.perf_counter()
    with ThreadPoolExecutor(requests) as threads:
        for answer in threads.map(lambda _: server.get("/compute", timeout=120), range(requests)):
            answer.raise_for_status()
    return Times(time.perf_counter() - begin, _processor(server.pid) - before)


def _processor(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def measure(python: Path, rounds: int) -> None:
    """Print the times of one Python in one line."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "parallel.py"
        script.write_text(SCRIPT, encoding="utf-8")
        config = {"Python": {"Executable": str(python)}}
        with Orthanc(
            script, plugin=library_path(), orthanc=find_orthanc(), config=config
        ) as server:
            times(server, 2)
            rows = [(times(server, 1), times(server, 2)) for _ in range(rounds)]
    clock = statistics.median(two.clock / one.clock for one, two in rows)
    processor = statistics.median(two.processor / one.processor for one, two in rows)
    best = min(two.clock for _, two in rows) / min(one.clock for one, _ in rows)
    print(
        f"{python}: two at once ÷ one: clock {clock:.2f} (the best rounds: {best:.2f}), "
        f"processor {processor:.2f}",
        flush=True,
    )


def main() -> int:
    """Measure both Pythons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    measure(Path(sys.executable), rounds)
    measure(free_threaded.python().executable, rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

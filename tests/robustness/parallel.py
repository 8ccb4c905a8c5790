# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long two requests that compute take at once, compared with one: python -m
tests.robustness.parallel

The script is the same on a Python with and on one without GIL. The medians of rounds in turn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orthanc_python.host import find_orthanc
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


def seconds(server: Orthanc, requests: int) -> float:
    """The time that so many requests at once take."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(requests) as threads:
        for answer in threads.map(lambda _: server.get("/compute", timeout=120), range(requests)):
            answer.raise_for_status()
    return time.perf_counter() - begin


def measure(python: Path, rounds: int) -> float:
    """Two at once ÷ one."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "parallel.py"
        script.write_text(SCRIPT, encoding="utf-8")
        config = {"Python": {"Executable": str(python)}}
        with Orthanc(
            script, plugin=library_path(), orthanc=find_orthanc(), config=config
        ) as server:
            seconds(server, 2)
            pairs = [(seconds(server, 1), seconds(server, 2)) for _ in range(rounds)]
    one, two = (statistics.median(times) for times in zip(*pairs))
    print(f"{python}: one {one:.3f} s, two at once {two:.3f} s, ratio {two / one:.2f}", flush=True)
    return two / one


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

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measure Orthanc's memory after many calls: python -m tests.robustness.leaks --calls 200000

Each case runs once to warm up, then again; the script compares the resident memory before and
after. The control is a route of Orthanc itself, without Python.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from orthanc_python.find_orthanc import find_orthanc
from orthanc_python.library import library_path
from orthanc_python.server import Orthanc
from tests.support.servers import reset, wait_for

CLIENTS = 4
LIMIT = 1024  # KB beyond the control, with 200,000 calls

SCRIPT = """
import orthanc

def on_hello(output, uri, **request):
    output.AnswerBuffer('hello', 'text/plain')

def on_sdk(output, uri, groups, **request):
    for i in range(int(groups[0])):
        orthanc.GetOrthancVersion() if hasattr(orthanc, 'GetOrthancVersion') else None
        orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 8, 8).GetImageWidth()
        try:
            orthanc.LookupPatient('nobody')
        except orthanc.OrthancException:
            pass
    orthanc.RestApiGet('/system')
    output.AnswerBuffer('sdk', 'text/plain')

def on_error(output, uri, **request):
    large = bytearray(1000000)
    raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'on purpose')

class Work(orthanc.BaseJob):
    def run(self):
        self.content['large'] = 'x' * 10000
        yield 0.5

def on_job(output, uri, **request):
    output.AnswerBuffer(Work(number=1).submit(), 'text/plain')

orthanc.RegisterRestCallback('/hello', on_hello)
orthanc.RegisterRestCallback('/job', on_job)
orthanc.RegisterRestCallback('/sdk/([0-9]+)', on_sdk)
orthanc.RegisterRestCallback('/error', on_error)
"""


@dataclass(frozen=True)
class Case:
    """An operation that is repeated many times."""

    name: str
    run: Callable[[Orthanc, int], None]
    divisor: int = 1  # the number of calls is divided by this


def resident(server: Orthanc) -> int:
    """The resident memory of a process in KB, once it is stable."""
    last = 0

    def unchanged() -> bool:
        # a response reaches the client before the callback has returned
        nonlocal last
        before, last = last, _resident(server)
        return before == last

    wait_for(unchanged, "a process at rest")
    return last


def _resident(server: Orthanc) -> int:
    return int(psutil.Process(server.pid).memory_info().rss) // 1024


def requests(method: str, path: str, size: int = 0) -> Callable[[Orthanc, int], None]:
    """Send requests over persistent connections."""
    body = bytes(size)

    def client(server: Orthanc, count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
        for _ in range(count):
            try:
                connection.request(method, path, body or None)
                connection.getresponse().read()
            except http.client.RemoteDisconnected:
                connection.close()  # Orthanc drops connections that were idle for a second
        connection.close()

    def run(server: Orthanc, count: int) -> None:
        with ThreadPoolExecutor(CLIENTS) as clients:
            jobs = [clients.submit(client, server, count // CLIENTS) for _ in range(CLIENTS)]
        for job in jobs:
            job.result()

    return run


def jobs(server: Orthanc, count: int) -> None:
    """Run jobs, a few at a time, because Orthanc keeps the waiting ones in memory."""
    at_once = 50
    for _ in range(count // at_once):
        requests("GET", "/job")(server, at_once)
        wait_for(lambda: _unfinished(server) == 0, "the end of the jobs")


def _unfinished(server: Orthanc) -> int:
    states = [job["State"] for job in server.get("/jobs?expand").json()]
    return sum(state not in ("Success", "Failure") for state in states)


def resets(server: Orthanc, count: int) -> None:
    """Send POST /tools/reset, and a request once Orthanc responds again."""
    for _ in range(count):
        reset(server)
        wait_for(lambda: server.get("/hello").status_code == 200, "an answer")


CONTROL = Case("control: GET /system", requests("GET", "/system"))
CASES = (
    Case("requests", requests("GET", "/hello")),
    Case("SDK calls", requests("GET", "/sdk/100"), 300),
    Case("exceptions", requests("GET", "/error"), 4),
    Case("failed uploads of 10 MB", requests("POST", "/error", 10_000_000), 500),
    Case("jobs", jobs, 40),
    Case("resets", resets, 20_000),
)


def growth(server: Orthanc, case: Case, calls: int, limit: int) -> int:
    """The growth of the process in KB during a case, once it is below `limit`."""
    count = max(CLIENTS, calls // case.divisor)
    case.run(server, count)
    before = resident(server)
    case.run(server, count)
    gc.collect()

    def grown() -> int:
        return _resident(server) - before

    with contextlib.suppress(TimeoutError):  # memory of the last callbacks; a leak stays
        wait_for(lambda: grown() < limit, "the end of the callbacks")
    return grown()


def measure(
    calls: int, cases: tuple[Case, ...] = (CONTROL, *CASES), limit: int = LIMIT
) -> dict[str, int]:
    """Growth in KB for each case."""
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leaks.py"
        path.write_text(SCRIPT, encoding="utf-8")
        config = {"KeepAlive": True, "HttpThreadsCount": 8, "Python": {"StopTimeout": 1}}
        # malloc returns freed memory to the system, and keeps none in other threads' arenas
        environment = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
        for case in cases:
            with Orthanc(
                path,
                plugin=library_path(),
                orthanc=find_orthanc(),
                config=config,
                env=environment,
            ) as server:
                result[case.name] = growth(server, case, calls, limit)
            print(f"{case.name:28} {result[case.name]:8} KB", flush=True)
    return result


def main() -> int:
    """Measure all cases; return 1 if one of them keeps too much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    calls = parser.parse_args().calls
    result = measure(calls)
    control = max(0, result[CONTROL.name])
    return 1 if any(result[case.name] - control > LIMIT for case in CASES) else 0


if __name__ == "__main__":
    sys.exit(main())

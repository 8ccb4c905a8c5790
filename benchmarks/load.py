# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTTP load, and the memory that the process uses."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Load:
    requests: int
    per_second: float
    p99: float  # seconds


def wrk(url: str, connections: int, seconds: float, *, errors: bool = False) -> Load:
    """Fetch one URL repeatedly; `errors` allows a route that fails.

    One thread: of two processors, Orthanc needs the other one.
    """
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}",
        "--latency",
        "--timeout=60s",  # a slow response counts as well
    ]
    output = subprocess.run([*command, url], check=True, stdout=subprocess.PIPE, text=True).stdout
    failed = "Non-2xx" in output or "Socket errors" in output
    if failed and not errors:
        raise RuntimeError(f"{url} fails under load:\n{output}")
    total = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output)
    if total is None or rate is None or p99 is None:
        raise RuntimeError(f"This is not the output of wrk:\n{output}")
    return Load(int(total[1]), float(rate[1]), float(p99[1]) * _UNITS[p99[2]])


@contextmanager
def busy(url: str) -> Iterator[None]:
    """Keep one request to the URL in progress at any time."""
    ended = threading.Event()
    begun = threading.Event()

    def keep_asking() -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not ended.is_set():
                begun.set()
                session.get(url, timeout=60).raise_for_status()

    thread = threading.Thread(target=keep_asking)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def status(pid: int, name: str) -> int:
    """Bytes of a line of /proc/PID/status, e.g. VmRSS."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    line = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if line is None:
        raise RuntimeError(f"/proc/{pid}/status has no {name}")
    return int(line[1]) * 1024


def reset_peak(pid: int) -> None:
    """Reset VmHWM to VmRSS."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")

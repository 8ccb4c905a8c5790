# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mounted web applications beside uvicorn with one worker."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import requests

from orthanc_python.ports import free_port

from ..environment import SCRIPTS, Environment
from ..figures import Figure
from ..load import wrk
from . import Scale

_SCRIPT = "web_applications.py"


def web(environment: Environment, scale: Scale) -> Iterator[Figure]:
    with ExitStack() as stack:
        server = stack.enter_context(environment.orthanc("ours", _SCRIPT))
        urls = {
            "uvicorn": stack.enter_context(_uvicorn("asyncio", "h11")),
            "uvicorn with uvloop": stack.enter_context(_uvicorn("uvloop", "httptools")),
            "ours, ASGI": server.url + "/asgi",
            "ours, WSGI": server.url + "/wsgi",
        }
        for connections in (1, 8, 32):
            noun = "connection" if connections == 1 else "connections"
            name = f"hello of a web application, {connections} {noun}"
            figure = Figure(name, "requests/s", "uvicorn", higher_is_better=True)
            measures = {
                who: partial(_rate, url, connections, scale.seconds) for who, url in urls.items()
            }
            yield figure.fill(measures, scale.rounds)


def _rate(url: str, connections: int, seconds: float) -> float:
    return wrk(url, connections, seconds).per_second


@contextmanager
def _uvicorn(loop: str, http: str) -> Iterator[str]:
    """Its URL, once it answers. Neither server logs the requests."""
    port = free_port()
    words = ["-m", "uvicorn", "web_applications:asgi", "--app-dir", str(SCRIPTS)]
    words += ["--port", str(port), "--loop", loop, "--http", http]
    words += ["--no-access-log", "--log-level", "warning"]
    url = f"http://127.0.0.1:{port}/"
    process = subprocess.Popen([sys.executable, *words])
    try:
        while process.poll() is None and not _answers(url):
            time.sleep(0.05)
        if process.poll() is not None:
            raise RuntimeError(f"uvicorn has ended: {process.args!r}")
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=5).ok
    except requests.RequestException:  # it does not listen yet, or is slow
        return False

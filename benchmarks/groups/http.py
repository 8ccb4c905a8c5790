# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Routes under load, and beside routes that hold the GIL or keep a processor busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import requests

from orthanc_python.server import Orthanc

from ..environment import Environment
from ..figures import Figure, Measure
from ..load import busy, wrk
from . import Scale


def routes(servers: dict[str, Orthanc]) -> dict[str, str]:
    """The URL prefix of each contestant's routes."""
    found = {name: server.url + "/python" for name, server in servers.items()}
    return {"native": servers["ours"].url + "/native", **found}


def start(environment: Environment, stack: ExitStack, *, logs: bool = True) -> dict[str, Orthanc]:
    """The routes in our plugin and in upstream's: one Orthanc each, with the native plugin."""
    return {
        name: stack.enter_context(
            environment.orthanc(name, "routes.py", with_native=True, logs=logs)
        )
        for name in environment.python_plugins
    }


def http(environment: Environment, scale: Scale) -> Iterator[Figure]:
    with ExitStack() as stack:
        bases = routes(start(environment, stack))
        for connections in (1, 8, 32):
            yield from _hello(bases, connections, scale)
        python = {who: base for who, base in bases.items() if who != "native"}
        for name, path in (
            ("one long call of the SDK", "wait?seconds=60"),
            ("one time.sleep()", "sleep?seconds=60"),
            ("one route that computes", "spin?seconds=60"),
        ):
            yield _beside(python, name, path, scale)
        yield _two("2 routes that compute at once ÷ 1", python, "compute?n=1000000", scale)
        yield _two("2 long calls of the SDK at once ÷ 1", python, "wait?seconds=0.5", scale)


def _hello(bases: dict[str, str], connections: int, scale: Scale) -> Iterator[Figure]:
    name = f"hello, {connections} {'connection' if connections == 1 else 'connections'}"
    latency = Figure(f"{name}: 99th percentile", "ms", "native")
    rate = Figure(name, "requests/s", "native", higher_is_better=True)

    def measure(who: str) -> Measure:
        def once() -> float:
            load = wrk(bases[who] + "/hello", connections, scale.seconds)
            latency.samples.setdefault(who, []).append(load.p99 * 1000)
            return load.per_second

        return once

    yield rate.fill({who: measure(who) for who in bases}, scale.rounds)
    latency.load_average = rate.load_average
    yield latency


def _beside(bases: dict[str, str], name: str, path: str, scale: Scale) -> Figure:
    """Hello requests while a request to `path` is in progress."""
    path = path.replace("seconds=60", f"seconds={scale.seconds + 1}")

    def measure(who: str) -> Measure:
        def once() -> float:
            with busy(f"{bases[who]}/{path}"):
                return wrk(bases[who] + "/hello", 8, scale.seconds).per_second

        return once

    figure = Figure(f"hello, 8 connections, beside {name}", "requests/s", "upstream", True)
    return figure.fill({who: measure(who) for who in bases}, max(1, scale.rounds // 3))


def _timed(function: Callable[[], object]) -> float:
    start_time = time.perf_counter()
    function()
    return time.perf_counter() - start_time


def _two(name: str, bases: dict[str, str], path: str, scale: Scale) -> Figure:
    def get(url: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.get(url, timeout=60).raise_for_status()

    def measure(who: str) -> Measure:
        url = f"{bases[who]}/{path}"

        def both() -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(get, (url, url)))

        return lambda: _timed(both) / _timed(lambda: get(url))

    figure = Figure(name, "times", "upstream")
    return figure.fill({who: measure(who) for who in bases}, scale.rounds)

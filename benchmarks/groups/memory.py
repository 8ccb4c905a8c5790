# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory: the peak of a large request, and the memory that requests do not free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from orthanc_python.server import Orthanc

from ..environment import Environment
from ..figures import Curve, Figure
from ..load import reset_peak, status, wrk
from . import Scale
from .http import start


def memory(environment: Environment, scale: Scale) -> Iterator[Figure | Curve]:
    with ExitStack() as stack:
        # Otherwise this process would collect the tracebacks of a million exceptions
        servers = start(environment, stack, logs=False)
        yield _body(servers, scale)
        yield from _kept(servers, "request", "/python/hello", scale)
        yield from _kept(servers, "exception", "/python/fail", scale)


def _body(servers: dict[str, Orthanc], scale: Scale) -> Figure:
    body = bytes(scale.megabytes << 20)

    def peak(server: Orthanc, path: str) -> float:
        server.post(path, b"")  # frees the memory of the previous request
        before = status(server.pid, "VmRSS")
        reset_peak(server.pid)
        answer = server.post(path, body)
        if answer.text != str(len(body)):
            raise RuntimeError(f"{path} has not received the body: {answer.text}")
        return (status(server.pid, "VmHWM") - before) / 2**20

    figure = Figure(f"POST of {scale.megabytes} MB: peak of the memory", "MB", "native")
    measures = {name: partial(peak, server, "/python/sink") for name, server in servers.items()}
    native = {"native": partial(peak, servers["ours"], "/native/sink")}
    return figure.fill({**native, **measures}, max(1, scale.rounds // 3))


def _kept(
    servers: dict[str, Orthanc], noun: str, path: str, scale: Scale
) -> Iterator[Figure | Curve]:
    """The memory kept of requests: by their number, and on average, where a few bytes are noise."""
    curve = Curve(f"memory kept of {noun}s", "MB", f"{noun}s")

    def once(name: str) -> float:
        points = _growth(servers[name], path, scale.requests)
        curve.points[name] = points  # the last round stays: the caches of a process are full then
        requests, megabytes = points[-1]
        return megabytes * 2**20 / requests

    figure = Figure(f"memory kept of one {noun}", "bytes", "upstream")
    measures = {name: partial(once, name) for name in servers}
    yield figure.fill(measures, max(1, scale.rounds // 3))
    yield curve


def _growth(server: Orthanc, path: str, requests: int) -> list[tuple[float, float]]:
    """Points (number of requests, MB)."""
    wrk(server.url + path, 8, 1, errors=True)  # caches fill up first
    before = _resident(server)
    points = [(0.0, 0.0)]
    while points[-1][0] < requests:
        load = wrk(server.url + path, 8, 1, errors=True)
        points.append((points[-1][0] + load.requests, (_resident(server) - before) / 2**20))
    return points


def _resident(server: Orthanc) -> int:
    server.get("/system")  # callbacks end after the client has their responses
    return status(server.pid, "VmRSS")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory: the peak of a large request, and the memory that requests do not free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from orthanc_python.server import Orthanc

from ..environment import Environment
from ..figures import Figure
from ..load import reset_peak, status, wrk
from . import Scale
from .http import start


def memory(environment: Environment, scale: Scale) -> Iterator[Figure]:
    with ExitStack() as stack:
        servers = start(environment, stack)
        yield _body(servers, scale)
        yield _kept(servers, "request", "/python/hello", scale)
        yield _kept(servers, "exception", "/python/fail", scale)


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


def _kept(servers: dict[str, Orthanc], noun: str, path: str, scale: Scale) -> Figure:
    """Bytes kept after a request, on average; values below a few bytes are noise."""

    def growth(server: Orthanc) -> float:
        url = server.url + path
        wrk(url, 8, 1, errors=True)  # caches fill up first
        before = status(server.pid, "VmRSS")
        load = wrk(url, 8, 3 * scale.seconds, errors=True)
        server.get("/system")
        return (status(server.pid, "VmRSS") - before) / load.requests

    figure = Figure(f"memory kept of one {noun}", "bytes", "upstream")
    return figure.fill(
        {name: partial(growth, server) for name, server in servers.items()},
        max(1, scale.rounds // 3),
    )

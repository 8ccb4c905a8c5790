# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Single calls: from Python to Orthanc, and from Orthanc to Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from orthanc_python.server import Orthanc

from ..environment import Environment
from ..figures import Figure, Measure
from . import Scale
from .http import start


def _seconds(server: Orthanc, side: str, arguments: str) -> float:
    answer = server.get(f"/{side}/calls?{arguments}")
    answer.raise_for_status()
    return float(answer.text)


def calls(environment: Environment, scale: Scale) -> Iterator[Figure]:
    with ExitStack() as stack:
        servers = start(environment, stack)

        def everyone(arguments: str, factor: float) -> dict[str, Measure]:
            def scaled(server: Orthanc, side: str) -> float:
                return factor * _seconds(server, side, arguments)

            measures: dict[str, Measure] = {
                name: partial(scaled, server, "python") for name, server in servers.items()
            }
            measures["native"] = partial(scaled, servers["ours"], "native")
            return measures

        for function in ("GetFontsCount", "LogInfo", "CreateImage"):
            figure = Figure(f"one call of {function}", "ns", "upstream")
            yield figure.fill(everyone(f"fn={function}&n={scale.calls}", 1e9), scale.rounds)

        large = f"fn=RestApiGetAfterPlugins&n=3&uri=/native/zeros?mb={scale.megabytes}"
        figure = Figure(f"RestApiGet of {scale.megabytes} MB", "ms", "native")
        yield figure.fill(everyone(large, 1000), scale.rounds)

        yield _route(servers, scale)


def _route(servers: dict[str, Orthanc], scale: Scale) -> Figure:
    """The time that a Python route adds to a C++ route when C++ calls them."""
    get = f"fn=RestApiGetAfterPlugins&n={max(1, scale.calls // 20)}&uri="

    def measure(server: Orthanc) -> Measure:
        return lambda: (
            1e6
            * (
                _seconds(server, "native", get + "/python/hello")
                - _seconds(server, "native", get + "/native/hello")
            )
        )

    figure = Figure("from C++ into a Python route and back", "µs", "upstream")
    return figure.fill({name: measure(server) for name, server in servers.items()}, scale.rounds)

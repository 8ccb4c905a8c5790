# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Storing DICOM instances, and their files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from pydicom.uid import generate_uid

from orthanc_python.server import Orthanc
from tests.support import dicom

from ..environment import Environment
from ..figures import Figure
from . import Scale


def _encoded(count: int, side: int) -> list[bytes]:
    """New instances of one series."""
    study, series = generate_uid(), generate_uid()
    return [
        dicom.encode(dicom.image("P", study, series, rows=side, columns=side)) for _ in range(count)
    ]


def _store(server: Orthanc, instances: list[bytes]) -> list[str]:
    answers = [server.post("/instances", data) for data in instances]
    return [answer.json()["ID"] for answer in answers]


def _milliseconds(function: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000 / count


def ingest(environment: Environment, scale: Scale) -> Iterator[Figure]:
    """Compare with an Orthanc without Python: the native plugin does nothing there."""
    situations = [("none", "native", "")]
    for event in ("stored", "changes"):
        for plugin in environment.python_plugins:
            situations.append((f"{plugin}, {event}", plugin, f"{event}.py"))
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(environment.orthanc(plugin, script or None))
            for name, plugin, script in situations
        }

        def once(server: Orthanc) -> float:
            instances = _encoded(scale.instances, 64)
            return _milliseconds(lambda: _store(server, instances), len(instances))

        figure = Figure("storing an instance with a callback", "ms", "none")
        yield figure.fill(
            {name: partial(once, server) for name, server in servers.items()}, scale.rounds
        )


def storage(environment: Environment, scale: Scale) -> Iterator[Figure]:
    with ExitStack() as stack:
        servers = {}
        for name in environment.plugins:
            variable = "BENCHMARK_NATIVE_STORAGE" if name == "native" else "BENCHMARK_STORAGE"
            env = {variable: environment.inside(environment.new_folder(f"storage-{name}"))}
            script = None if name == "native" else "storage.py"
            servers[name] = stack.enter_context(environment.orthanc(name, script, env=env))
        stored: dict[str, list[str]] = {}

        def write(name: str) -> float:
            instances = _encoded(scale.instances, 700)

            def store() -> None:
                stored[name] = _store(servers[name], instances)

            return _milliseconds(store, len(instances))

        def read(name: str) -> float:
            def fetch() -> None:
                for identifier in stored[name]:
                    servers[name].get(f"/instances/{identifier}/file").raise_for_status()

            return _milliseconds(fetch, len(stored[name]))

        figure = Figure("storage area: writing an instance of 0.5 MB", "ms", "native")
        yield figure.fill({name: partial(write, name) for name in servers}, scale.rounds)
        figure = Figure("storage area: reading an instance of 0.5 MB", "ms", "native")
        yield figure.fill({name: partial(read, name) for name in servers}, scale.rounds)

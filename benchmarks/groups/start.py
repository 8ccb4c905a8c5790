# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The start time of Orthanc."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from ..environment import Environment
from ..figures import Figure
from . import Scale


def _until_started(environment: Environment, plugin: str, script: str | None) -> float:
    ready: list[float] = []

    def look_at(line: str) -> None:
        if "Orthanc has started" in line:
            ready.append(time.perf_counter())

    server = environment.orthanc(plugin, script, on_output=look_at)
    start = time.perf_counter()
    with server:
        server.wait_for_log("Orthanc has started")
    return (ready[0] - start) * 1000


def starting(environment: Environment, scale: Scale) -> Iterator[Figure]:
    """Compare with an Orthanc without Python: the native plugin does nothing there."""
    situations: dict[str, tuple[str, str | None]] = {"none": ("native", None)}
    for name in environment.python_plugins:
        if name != "free-threaded":  # built here: not comparable with Debian's Python
            situations[name] = (name, "changes.py")
    figure = Figure("start of Orthanc with a script", "ms", "none")
    yield figure.fill(
        {
            name: partial(_until_started, environment, *chosen)
            for name, chosen in situations.items()
        },
        scale.rounds,
    )

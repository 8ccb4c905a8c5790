# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: worker processes and threads."""

from __future__ import annotations

import threading
from typing import Callable

import orthanc


def WorkerPool(measure: Callable[[str], float], series: str) -> None:
    pool = orthanc.WorkerPool(2)
    volume = pool.run(measure, series)


def aio() -> None:
    @orthanc.route("/names")
    async def names(request):
        studies = await orthanc.aio.rest.get("/studies")
        return [(await orthanc.aio.rest.get(f"/studies/{one}")).json() for one in studies.json()]


def SetCurrentThreadName() -> None:
    def work():
        orthanc.SetCurrentThreadName("REPORTS")
        orthanc.LogWarning("ready")
        orthanc.ClearCurrentThreadName()

    threading.Thread(target=work, daemon=True).start()


def ClearCurrentThreadName() -> None:
    orthanc.SetCurrentThreadName("REPORTS")
    try:
        orthanc.LogWarning("ready")
    finally:
        orthanc.ClearCurrentThreadName()

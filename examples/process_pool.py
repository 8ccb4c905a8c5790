# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Distribute heavy computations over worker processes, to use all cores.

The workers run process_pool_worker.py. That module does not import `orthanc`, which only the
process of Orthanc has, so it works with each start method of `multiprocessing`.

    "ProcessPool": {"Processes": 4}

Run:  orthanc-python run examples/process_pool.py
Try:  curl http://127.0.0.1:8042/computation?size=3000000
"""

from __future__ import annotations

import json
import multiprocessing
from typing import Any

import orthanc
import process_pool_worker

SETTINGS: dict[str, Any] = json.loads(orthanc.GetConfiguration()).get("ProcessPool", {})
# Create the pool before Orthanc has other threads: this is the safest for the start method "fork".
POOL = multiprocessing.Pool(
    SETTINGS.get("Processes", 4), initializer=process_pool_worker.initialize
)


def computation(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    try:
        size = min(int(request["get"].get("size", "1000000")), 100_000_000)
    except ValueError:
        output.SendHttpStatus(400, "size: a whole number is expected\n")
        return
    answer = POOL.apply(process_pool_worker.sum_of_square_roots, (size,))
    output.AnswerBuffer(json.dumps(answer), "application/json")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        POOL.terminate()
        POOL.join()


orthanc.RegisterRestCallback("/computation", computation)
orthanc.RegisterOnChangeCallback(on_change)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Distribute work over a Dask cluster: here on this machine, but it may have many machines.

`orthanc.WorkerPool` takes any executor. The workers run dask_pool_worker.py, where `import orthanc`
gives a client of the REST API of this Orthanc.

Run:  orthanc-python run examples/dask_pool.py          (needs: pip install distributed pillow)
Try:  curl http://127.0.0.1:8042/series/ID/mean
"""

from __future__ import annotations

import json
import threading
from typing import Any

import dask_pool_worker
import orthanc
from distributed import Client, LocalCluster

LOCK = threading.Lock()
STARTED: list[tuple[orthanc.WorkerPool, Client, LocalCluster]] = []


def pool() -> orthanc.WorkerPool:
    """The pool, created at its first use: a cluster takes seconds to start."""
    with LOCK:
        if not STARTED:
            cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
            client = Client(cluster)
            STARTED.append((orthanc.WorkerPool(executor=client.get_executor()), client, cluster))
        return STARTED[0][0]


def mean(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (series_id,) = request["groups"]
    instances = json.loads(orthanc.RestApiGet(f"/series/{series_id}"))["Instances"]
    means = list(pool().map(dask_pool_worker.mean, instances))
    output.AnswerBuffer(json.dumps(sum(means) / len(means)), "application/json")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        with LOCK:
            for _, client, cluster in STARTED:
                client.close()
                cluster.close()
            STARTED.clear()


orthanc.RegisterRestCallback("/series/([^/]+)/mean", mean)
orthanc.RegisterOnChangeCallback(on_change)

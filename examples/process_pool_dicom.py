# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parse DICOM files with pydicom in worker processes.

The process of Orthanc reads the file; the worker receives the bytes and does not need `orthanc`.

Run:  orthanc-python run examples/process_pool_dicom.py          (needs: pip install pydicom)
Try:  curl http://127.0.0.1:8042/instances/ID/description
"""

from __future__ import annotations

import json
import multiprocessing
from typing import Any

import orthanc
import process_pool_dicom_worker

POOL = multiprocessing.Pool(2, initializer=process_pool_dicom_worker.initialize)


def description(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (instance_id,) = request["groups"]
    file = orthanc.GetDicomForInstance(instance_id)
    answer = POOL.apply(process_pool_dicom_worker.describe, (file,))
    output.AnswerBuffer(json.dumps(answer), "application/json")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        POOL.terminate()
        POOL.join()


orthanc.RegisterRestCallback("/instances/([^/]+)/description", description)
orthanc.RegisterOnChangeCallback(on_change)

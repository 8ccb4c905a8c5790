# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Show the dataset of an instance as text with pydicom.

Run:  orthanc-python run examples/pydicom_dump.py          (needs: pip install pydicom)
Try:  curl http://127.0.0.1:8042/instances/ID/dump
"""

from __future__ import annotations

import io
from typing import Any

import orthanc
from pydicom import dcmread


def dump(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (instance_id,) = request["groups"]
    # An unknown instance raises an OrthancException, which sets the status of the response.
    file = orthanc.GetDicomForInstance(instance_id)
    dataset = dcmread(io.BytesIO(file), stop_before_pixels=True)
    output.AnswerBuffer(f"{dataset}\n", "text/plain; charset=utf-8")


orthanc.RegisterRestCallback("/instances/([^/]+)/dump", dump)

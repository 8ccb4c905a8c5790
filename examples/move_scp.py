# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answer C-MOVE requests: find the requested instances, then send them one at a time.

A driver represents one request. Orthanc creates the driver, gets the number of steps, calls each
step, and reports the progress to the requester.

Run:  orthanc-python run examples/move_scp.py --config examples/orthanc.json
Try:  storescp --fork 11112 &
      movescu -S -aet PEER -aem PEER -aec ORTHANC 127.0.0.1 4242 \
        -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3
"""

from __future__ import annotations

import json
from typing import Any

import orthanc

IDENTIFIERS = (
    "PatientID",
    "AccessionNumber",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
)


class Driver:
    def __init__(self, request: dict[str, Any]) -> None:
        self.target = find_modality(request["TargetAET"])
        self.originator = {
            "MoveOriginatorAet": request["OriginatorAET"],
            "MoveOriginatorID": request["OriginatorID"],
        }
        query = {name: request[name] for name in IDENTIFIERS if request[name]}
        if not query:
            raise ValueError("this C-MOVE names no resource")
        body = json.dumps({"Level": "Instance", "Query": query})
        self.instances: list[str] = json.loads(orthanc.RestApiPost("/tools/find", body))

    def send_next(self) -> None:
        instance_id = self.instances.pop()
        body = json.dumps({"Resources": [instance_id], **self.originator})
        orthanc.RestApiPost(f"/modalities/{self.target}/store", body)


def find_modality(aet: str) -> str:
    """The symbolic name, in "DicomModalities", of an application entity."""
    modalities: dict[str, Any] = json.loads(orthanc.RestApiGet("/modalities?expand"))
    for name, modality in modalities.items():
        if modality["AET"] == aet:
            return name
    raise ValueError(f"the destination {aet} is not one of the modalities of Orthanc")


def create(**request: Any) -> Driver:
    driver = Driver(request)
    orthanc.LogWarning(
        f"C-MOVE from {request['OriginatorAET']} to {request['TargetAET']}: "
        f"{len(driver.instances)} instances"
    )
    return driver


def get_size(driver: Driver) -> int:
    return len(driver.instances)


def apply(driver: Driver) -> None:
    driver.send_next()


def free(driver: Driver) -> None:
    orthanc.LogWarning(f"C-MOVE to {driver.target}: done")


orthanc.RegisterMoveCallback2(create, get_size, apply, free)

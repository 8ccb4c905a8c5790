# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Change or refuse instances before they are stored. Needs Orthanc 1.10.0.

    "Received": {"InstitutionName": "General hospital", "DiscardPatients": ["TEST", "PHANTOM"]}

Instances of "DiscardPatients" are discarded; all others get the name of the institution.

Run:  orthanc-python run examples/modify_received.py --config orthanc.json
      (needs: pip install pydicom)
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

import io
import json
from typing import Any

import orthanc
from pydicom import dcmread

SETTINGS: dict[str, Any] = json.loads(orthanc.GetConfiguration()).get("Received", {})
INSTITUTION: str = SETTINGS.get("InstitutionName", "")
DISCARD: list[str] = SETTINGS.get("DiscardPatients", [])


def on_received(file: bytes, origin: int) -> tuple[int, bytes | None]:
    dataset = dcmread(io.BytesIO(file))
    if dataset.get("PatientID") in DISCARD:
        return orthanc.ReceivedInstanceAction.DISCARD, None
    if not INSTITUTION or dataset.get("InstitutionName") == INSTITUTION:
        return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None

    dataset.InstitutionName = INSTITUTION
    modified = io.BytesIO()
    dataset.save_as(modified)
    return orthanc.ReceivedInstanceAction.MODIFY, modified.getvalue()


orthanc.RegisterReceivedInstanceCallback(on_received)

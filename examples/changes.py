# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Listen to the changes in Orthanc, and upload a file once Orthanc has started.

The plugin delivers changes in order on its own thread, so the callback may use the REST API.

Run:  ORTHANC_EXAMPLE_DICOM=image.dcm orthanc-python run examples/changes.py
Try:  curl -X DELETE http://127.0.0.1:8042/patients/ID
"""

from __future__ import annotations

import os
from pathlib import Path

import orthanc


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        orthanc.LogWarning("Orthanc has started")
        if sample := os.environ.get("ORTHANC_EXAMPLE_DICOM"):
            orthanc.RestApiPost("/instances", Path(sample).read_bytes())
    elif change_type == orthanc.ChangeType.NEW_INSTANCE:
        orthanc.LogWarning(f"New instance: {resource_id}")
    elif change_type == orthanc.ChangeType.STABLE_STUDY:
        orthanc.LogWarning(f"Nothing new came for a while in study: {resource_id}")
    elif change_type == orthanc.ChangeType.DELETED:
        orthanc.LogWarning(f"Deleted: {resource_id}")
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("Orthanc is about to stop")


orthanc.RegisterOnChangeCallback(on_change)

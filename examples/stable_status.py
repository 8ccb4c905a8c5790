# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Declare a series stable at once instead of waiting for "StableAge". Needs Orthanc 1.12.9.

Some modalities send exactly one image in a series, so waiting for more is not necessary.

    "SingleImageModalities": ["CR", "DX", "OT"]

Run:  orthanc-python run examples/stable_status.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
      curl http://127.0.0.1:8042/series/ID
"""

from __future__ import annotations

import json

import orthanc

MODALITIES: list[str] = json.loads(orthanc.GetConfiguration()).get(
    "SingleImageModalities", ["CR", "DX"]
)


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.NEW_SERIES:
        series = json.loads(orthanc.RestApiGet(f"/series/{resource_id}"))
        if series["MainDicomTags"].get("Modality") in MODALITIES:
            orthanc.SetStableStatus(resource_id, orthanc.StableStatus.STABLE)
    elif change_type == orthanc.ChangeType.STABLE_SERIES:
        orthanc.LogWarning(f"Stable series: {resource_id}")


orthanc.RegisterOnChangeCallback(on_change)

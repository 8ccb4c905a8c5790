# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: events."""

from __future__ import annotations

import json

import orthanc


def on() -> None:
    @orthanc.on(orthanc.ChangeType.STABLE_STUDY)
    def send(change_type, resource_type, resource_id):
        orthanc.rest.post("/modalities/archive/store", resource_id)


def RegisterOnChangeCallback() -> None:
    def on_change(change_type, resource_type, resource_id):
        if change_type == orthanc.ChangeType.STABLE_STUDY:
            orthanc.RestApiPost("/modalities/archive/store", resource_id)

    orthanc.RegisterOnChangeCallback(on_change)


def RegisterOnStoredInstanceCallback() -> None:
    def on_stored(instance, instance_id):
        tags = json.loads(instance.GetInstanceSimplifiedJson())
        print(instance_id, tags.get("Modality"), instance.GetInstanceSize())

    orthanc.RegisterOnStoredInstanceCallback(on_stored)


def SetStableStatus(study: str) -> None:
    changed, _ = orthanc.SetStableStatus(study, orthanc.StableStatus.STABLE)

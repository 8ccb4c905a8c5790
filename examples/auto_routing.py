# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send each study elsewhere once it is stable: no instance has arrived for a while.

The destination is a section of orthanc.json, one of:

    "AutoRouting": {"Modality": "pacs"}     an entry of "DicomModalities" (C-STORE)
    "AutoRouting": {"Peer": "archive"}      an entry of "OrthancPeers" (HTTP)
    "AutoRouting": {"DicomWeb": "cloud"}    an entry of the servers of the DICOMweb plugin (STOW-RS)

"StableAge" sets this time, in seconds.

Run:  orthanc-python run examples/auto_routing.py --config orthanc.json
Try:  storescu -aec ORTHANC 127.0.0.1 4242 image.dcm
"""

from __future__ import annotations

import json

import orthanc


def send(study_id: str) -> None:
    destination: dict[str, str] = json.loads(orthanc.GetConfiguration()).get("AutoRouting", {})
    if modality := destination.get("Modality"):
        orthanc.RestApiPost(f"/modalities/{modality}/store", study_id)
    elif peer := destination.get("Peer"):
        orthanc.RestApiPost(f"/peers/{peer}/store", study_id)
    elif server := destination.get("DicomWeb"):
        # This route belongs to another plugin: only the "AfterPlugins" functions can see it.
        body = json.dumps({"Resources": [study_id]})
        orthanc.RestApiPostAfterPlugins(f"/dicom-web/servers/{server}/stow", body)
    else:
        orthanc.LogWarning(f"Study {study_id} stays here: the section AutoRouting is missing")
        return
    orthanc.LogWarning(f"Study {study_id} was sent to {destination}")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type != orthanc.ChangeType.STABLE_STUDY:
        return
    try:
        send(resource_id)
    except orthanc.OrthancException as error:
        code, text = error.args
        orthanc.LogError(f"Study {resource_id} was not sent: {text} ({code})")


orthanc.RegisterOnChangeCallback(on_change)

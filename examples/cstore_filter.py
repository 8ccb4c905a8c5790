# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Choose which instances to accept through C-STORE. Needs Orthanc 1.10.0.

    "AcceptedModalities": ["CT", "MR"]

The sender gets the reason of a refusal as a DIMSE status. Uploads through HTTP are not filtered.

Run:  orthanc-python run examples/cstore_filter.py --config orthanc.json
Try:  storescu -aec ORTHANC 127.0.0.1 4242 image.dcm
"""

from __future__ import annotations

import json

import orthanc

ACCEPT = 0
NOT_AUTHORIZED = 0x0124  # DICOM PS3.7 C.5.16

ACCEPTED: list[str] | None = json.loads(orthanc.GetConfiguration()).get("AcceptedModalities")


def on_cstore(instance: orthanc.DicomInstance) -> int:
    modality = json.loads(instance.GetInstanceSimplifiedJson()).get("Modality", "")
    if ACCEPTED is None or modality in ACCEPTED:
        return ACCEPT
    orthanc.LogWarning(f"Refused to {instance.GetInstanceRemoteAet()}: modality {modality!r}")
    return NOT_AUTHORIZED


orthanc.RegisterIncomingCStoreInstanceFilter(on_cstore)

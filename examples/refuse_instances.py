# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Refuse unwanted instances from every source: C-STORE, REST, plugins.

Orthanc does not store instances without a PatientID or of the modalities in the configuration.

    "Refuse": {"Modalities": ["OT", "SR"]}

Run:  orthanc-python run examples/refuse_instances.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

import json

import orthanc

REFUSED = set(json.loads(orthanc.GetConfiguration()).get("Refuse", {}).get("Modalities", ["OT"]))


def is_wanted(instance: orthanc.DicomInstance) -> bool:
    """Called for each instance on the thread that receives it: be quick, the sender waits."""
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    if not tags.get("PatientID", "").strip():
        reason = "no PatientID"
    elif tags.get("Modality") in REFUSED:
        reason = f"modality {tags['Modality']}"
    else:
        return True
    orthanc.LogWarning(f"Turned away: {tags.get('SOPInstanceUID')} ({reason})")
    return False


orthanc.RegisterIncomingDicomInstanceFilter(is_wanted)

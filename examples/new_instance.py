# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Log the origin, metadata and tags of each stored instance.

The sender waits for the callback, and the `DicomInstance` is valid only until the callback returns.
Do longer work in a thread or in the callback for changes (changes.py).

Run:  orthanc-python run examples/new_instance.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
      storescu -aec ORTHANC 127.0.0.1 4242 image.dcm
"""

from __future__ import annotations

import json

import orthanc

ORIGINS = {
    orthanc.InstanceOrigin.DICOM_PROTOCOL: "the DICOM protocol",
    orthanc.InstanceOrigin.REST_API: "the REST API",
    orthanc.InstanceOrigin.PLUGIN: "a plugin",
    orthanc.InstanceOrigin.LUA: "a Lua script",
}


def origin_of(instance: orthanc.DicomInstance) -> str:
    kind = instance.GetInstanceOrigin()
    origin = ORIGINS.get(kind, "an unknown origin")
    if kind == orthanc.InstanceOrigin.DICOM_PROTOCOL:
        origin += f" ({instance.GetInstanceRemoteAet()}"
        if hasattr(instance, "GetInstanceCalledAet"):  # from Orthanc 1.13.1 on
            origin += f" at {instance.GetInstanceRemoteIp()}, to {instance.GetInstanceCalledAet()}"
        origin += ")"
    return origin


def on_stored_instance(instance: orthanc.DicomInstance, instance_id: str) -> None:
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    orthanc.LogWarning(
        f"Stored {instance_id} from {origin_of(instance)}: {instance.GetInstanceSize()} bytes, "
        f"transfer syntax {instance.GetInstanceMetadata('TransferSyntax')}, "
        f"SOP class {instance.GetInstanceMetadata('SopClassUid')}, "
        f"patient {tags.get('PatientName', '')}"
    )


orthanc.RegisterOnStoredInstanceCallback(on_stored_instance)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receive DICOM with pynetdicom instead of the DICOM server of Orthanc.

pynetdicom listens on "DicomPort", so disable the server of Orthanc:

    "DicomServerEnabled": false

Run:  orthanc-python run examples/pynetdicom_scp.py --config orthanc.json
      (needs: pip install 'pynetdicom>=2.1', hence Python 3.10)
Try:  storescu 127.0.0.1 4242 image.dcm
"""

from __future__ import annotations

import json
from typing import Any

import orthanc
from pynetdicom import (
    AE,
    AllStoragePresentationContexts,
    VerificationPresentationContexts,
    evt,
)

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700

CONFIGURATION: dict[str, Any] = json.loads(orthanc.GetConfiguration())
HOST: str = CONFIGURATION.get("PynetdicomHost", "127.0.0.1")
PORT: int = CONFIGURATION.get("DicomPort", 4242)


def handle_store(event: evt.Event) -> int:
    try:
        orthanc.RestApiPost("/instances", event.encoded_dataset())
    except orthanc.OrthancException as error:
        orthanc.LogError(f"C-STORE from {event.assoc.requestor.ae_title}: {error}")
        return OUT_OF_RESOURCES
    return SUCCESS


def start() -> Any:
    entity = AE(ae_title=CONFIGURATION.get("DicomAet", "ORTHANC"))
    entity.supported_contexts = AllStoragePresentationContexts + VerificationPresentationContexts
    server = entity.start_server(
        (HOST, PORT), block=False, evt_handlers=[(evt.EVT_C_STORE, handle_store)]
    )
    orthanc.LogWarning(f"pynetdicom listens on {HOST}:{PORT}")
    return server


SERVERS: list[Any] = []


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        SERVERS.append(start())
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        while SERVERS:
            SERVERS.pop().shutdown()


orthanc.RegisterOnChangeCallback(on_change)

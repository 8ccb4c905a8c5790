# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: received instances."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pydicom

import orthanc


def RegisterIncomingDicomInstanceFilter() -> None:
    def keep(instance):
        return "PatientID" in json.loads(instance.GetInstanceSimplifiedJson())

    orthanc.RegisterIncomingDicomInstanceFilter(keep)


def RegisterIncomingCStoreInstanceFilter() -> None:
    def accept(instance):
        modality = json.loads(instance.GetInstanceSimplifiedJson()).get("Modality")
        return 0 if modality == "CT" else 0xA700

    orthanc.RegisterIncomingCStoreInstanceFilter(accept)


def RegisterReceivedInstanceCallback() -> None:
    def on_received(received_dicom, origin):
        dataset = pydicom.dcmread(io.BytesIO(received_dicom))
        dataset.InstitutionName = "My hospital"
        return orthanc.ReceivedInstanceAction.MODIFY, dataset

    orthanc.RegisterReceivedInstanceCallback(on_received)


def AdoptDicomInstance(path: Path) -> None:
    instance, uuid, status = orthanc.AdoptDicomInstance(path.read_bytes(), str(path))

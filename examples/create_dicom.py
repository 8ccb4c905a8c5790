# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Create a DICOM instance from a PNG or JPEG image, and store it.

The headers of the request name the patient.

Run:  orthanc-python run examples/create_dicom.py
Try:  curl http://127.0.0.1:8042/dicomize -H 'Content-Type: image/png' \
        -H 'Patient-ID: 1001' -H 'Patient-Name: Curie^Marie' --data-binary @image.png
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import orthanc

FORMATS = {
    "image/png": orthanc.ImageFormat.PNG,
    "image/jpeg": orthanc.ImageFormat.JPEG,
}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def make_dicom(image: orthanc.Image, patient_id: str, patient_name: str) -> bytes:
    now = datetime.now()
    tags = {
        "SOPClassUID": SECONDARY_CAPTURE,
        "Modality": "OT",
        "PatientID": patient_id,
        "PatientName": patient_name,
        "StudyDate": now.strftime("%Y%m%d"),
        "StudyTime": now.strftime("%H%M%S"),
    }
    # New identifiers of study, series and instance
    flags = orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS
    return orthanc.CreateDicom(json.dumps(tags), image, flags)


def dicomize(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    headers = request["headers"]
    image_format = FORMATS.get(headers.get("content-type", ""))
    if image_format is None:
        output.SendHttpStatus(415, f"Content-Type: one of {', '.join(FORMATS)} is expected\n")
        return
    image = orthanc.UncompressImage(request["body"], image_format)
    dicom = make_dicom(image, headers.get("patient-id", ""), headers.get("patient-name", ""))
    output.AnswerBuffer(orthanc.RestApiPost("/instances", dicom), "application/json")


orthanc.RegisterRestCallback("/dicomize", dicomize)

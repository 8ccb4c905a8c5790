# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOMweb JSON and XML of an instance, with a link in place of each large value.

Callbacks that get a `DicomInstance` can use its methods `GetInstanceDicomWebJson(link)` and
`GetInstanceDicomWebXml(link)` instead.

Run:  orthanc-python run examples/bulk_data.py
Try:  curl http://127.0.0.1:8042/instances/ID/dicom-web-json
      curl http://127.0.0.1:8042/instances/ID/dicom-web-xml
"""

from __future__ import annotations

from typing import Any

import orthanc


def metadata(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    instance_id, form = request["groups"]

    def link(levels: list[tuple[tuple[int, int], int]], tag: tuple[int, int], vr: int) -> str:
        path = f"/instances/{instance_id}/content"
        for (group, element), index in levels:
            path += f"/{group:04x}-{element:04x}/{index}"
        return f"{path}/{tag[0]:04x}-{tag[1]:04x}"

    dicom = orthanc.GetDicomForInstance(instance_id)
    encode = orthanc.EncodeDicomWebXml2 if form == "xml" else orthanc.EncodeDicomWebJson2
    output.AnswerBuffer(encode(dicom, link), f"application/dicom+{form}")


orthanc.RegisterRestCallback("/instances/([^/]+)/dicom-web-(json|xml)", metadata)

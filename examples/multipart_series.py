# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""All files of a series in one response, as parts with separate headers (RFC 2387).

Run:  orthanc-python run examples/multipart_series.py
Try:  curl http://127.0.0.1:8042/series/ID/parts --output series.multipart
"""

from __future__ import annotations

from typing import Any

import orthanc


def parts(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (series_id,) = request["groups"]
    # An unknown series raises here, where the response can still have the status 404.
    answer = orthanc.rest.get(f"/series/{series_id}/instances").raise_for_status()
    output.StartMultipartAnswer("related", "application/dicom")
    for instance in answer.json():
        location = {"Content-Location": f"/instances/{instance['ID']}/file"}
        output.SendMultipartItem2(orthanc.GetDicomForInstance(instance["ID"]), location)


orthanc.RegisterRestCallback("/series/([^/]+)/parts", parts)

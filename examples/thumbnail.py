# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Respond with a small JPEG of an instance, made with Pillow.

Run:  orthanc-python run examples/thumbnail.py          (needs: pip install Pillow)
Try:  curl 'http://127.0.0.1:8042/instances/ID/thumbnail?size=96' --output thumbnail.jpg
"""

from __future__ import annotations

import io
from typing import Any

import orthanc
from PIL import Image


def thumbnail(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (instance_id,) = request["groups"]
    try:
        size = min(max(int(request["get"].get("size", "64")), 8), 1024)
    except ValueError:
        output.SendHttpStatus(400, "size: a whole number is expected\n")
        return

    # "rendered" applies the windowing of the DICOM file.
    rendered = orthanc.RestApiGet(f"/instances/{instance_id}/rendered")
    with Image.open(io.BytesIO(rendered)) as image:
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        jpeg = io.BytesIO()
        image.convert("RGB").save(jpeg, format="JPEG", quality=85)
    output.AnswerBuffer(jpeg.getvalue(), "image/jpeg")


orthanc.RegisterRestCallback("/instances/([^/]+)/thumbnail", thumbnail)

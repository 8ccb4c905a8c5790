# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A maximum intensity projection of a series with numpy, which reads Orthanc's pixels directly.

Run:  pip install numpy
      orthanc-python run examples/numpy_projection.py
Try:  curl http://127.0.0.1:8042/series/ID/projection -o projection.png
"""

from __future__ import annotations

import json
from typing import Any

import numpy
import orthanc


def frames(series_id: str) -> list[Any]:
    """The frames of a series as arrays (height, width); numpy.asarray copies no pixel."""
    found = []
    for instance in json.loads(orthanc.RestApiGet(f"/series/{series_id}"))["Instances"]:
        dicom = orthanc.CreateDicomInstance(orthanc.GetDicomForInstance(instance))
        for index in range(dicom.GetInstanceFramesCount()):
            found.append(numpy.asarray(dicom.GetInstanceDecodedFrame(index)))
    return found


def projection(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    brightest = numpy.maximum.reduce(frames(request["groups"][0])).astype(numpy.float32)
    low, high = brightest.min(), brightest.max()
    scaled = (brightest - low) * (255 / max(high - low, 1))
    image = orthanc.CreateImageFromArray(scaled.astype(numpy.uint8))
    png = orthanc.CompressPngImage(
        image.GetImagePixelFormat(),
        image.GetImageWidth(),
        image.GetImageHeight(),
        image.GetImagePitch(),
        image.GetImageBuffer(),
    )
    output.AnswerBuffer(png, "image/png")


orthanc.RegisterRestCallback("/series/([^/]+)/projection", projection)

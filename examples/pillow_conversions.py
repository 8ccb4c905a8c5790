# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a DICOM frame to Pillow and back: store a copy of an instance with a red cross on it.

Run:  orthanc-python run examples/pillow_conversions.py          (needs: pip install Pillow)
Try:  curl -X POST http://127.0.0.1:8042/instances/ID/cross
"""

from __future__ import annotations

import json
from typing import Any

import orthanc
from PIL import Image, ImageDraw

MODES = {
    orthanc.PixelFormat.GRAYSCALE8: "L",
    orthanc.PixelFormat.RGB24: "RGB",
}
KEPT_TAGS = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyInstanceUID")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def to_pillow(image: orthanc.Image) -> Image.Image:
    if image.GetImagePixelFormat() not in MODES:
        image = image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8)
    mode = MODES[image.GetImagePixelFormat()]
    size = (image.GetImageWidth(), image.GetImageHeight())
    # The pitch is the number of bytes from one row to the next, which may be more than a row.
    return Image.frombytes(mode, size, image.GetImageBuffer(), "raw", mode, image.GetImagePitch())


def from_pillow(image: Image.Image) -> orthanc.Image:
    rgb = image.convert("RGB")
    return orthanc.CreateImageFromBuffer(
        orthanc.PixelFormat.RGB24, rgb.width, rgb.height, 3 * rgb.width, rgb.tobytes()
    )


def draw_cross(image: Image.Image) -> Image.Image:
    rgb = image.convert("RGB")
    right, bottom = rgb.width - 1, rgb.height - 1
    draw = ImageDraw.Draw(rgb)
    draw.line((0, 0, right, bottom), fill=(255, 0, 0))
    draw.line((0, bottom, right, 0), fill=(255, 0, 0))
    return rgb


def cross(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    (instance_id,) = request["groups"]
    original = orthanc.CreateDicomInstance(orthanc.GetDicomForInstance(instance_id))
    tags = json.loads(original.GetInstanceSimplifiedJson())
    picture = draw_cross(to_pillow(original.GetInstanceDecodedFrame(0)))

    new_tags = {name: tags[name] for name in KEPT_TAGS if name in tags}
    new_tags.update(SOPClassUID=SECONDARY_CAPTURE, Modality="OT", SeriesDescription="With a cross")
    dicom = orthanc.CreateDicom(
        json.dumps(new_tags),
        from_pillow(picture),
        orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS,
    )
    output.AnswerBuffer(orthanc.RestApiPost("/instances", dicom), "application/json")


orthanc.RegisterRestCallback("/instances/([^/]+)/cross", cross)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Respond with one PNG that shows all slices of a series, in spatial order.

Run:  orthanc-python run examples/mosaic.py          (needs: pip install Pillow)
Try:  curl http://127.0.0.1:8042/series/ID/mosaic --output mosaic.png
"""

from __future__ import annotations

import io
import json
import math
from typing import Any

import orthanc
from PIL import Image


def slice_uris(series_id: str) -> list[str]:
    ordered = json.loads(orthanc.RestApiGet(f"/series/{series_id}/ordered-slices"))
    slices: list[str] = ordered["Slices"]
    return slices


def load(uri: str) -> Image.Image:
    # "preview" would stretch the contrast of each slice separately.
    with Image.open(io.BytesIO(orthanc.RestApiGet(f"{uri}/rendered"))) as image:
        return image.convert("RGB")


def tile(images: list[Image.Image]) -> Image.Image:
    """The images row by row in a square grid, each cell as large as the largest image."""
    columns = math.ceil(math.sqrt(len(images)))
    width = max(image.width for image in images)
    height = max(image.height for image in images)
    grid = Image.new("RGB", (columns * width, columns * height))
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        grid.paste(image, (column * width, row * height))
    return grid


def mosaic(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (series_id,) = request["groups"]
    png = io.BytesIO()
    tile([load(slice_uri) for slice_uri in slice_uris(series_id)]).save(png, format="PNG")
    output.AnswerBuffer(png.getvalue(), "image/png")


orthanc.RegisterRestCallback("/series/([^/]+)/mosaic", mosaic)

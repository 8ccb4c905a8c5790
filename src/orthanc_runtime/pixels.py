# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc.pixels`: a series as a numpy array, and DICOM files made of arrays and text.

Orthanc decodes the pixels, so compressed images need no other package. The functions also work in
worker processes.
"""

from __future__ import annotations

import io
import json
import sys
from types import ModuleType
from typing import Any

from . import pixel_geometry
from .pixel_documents import secondary_capture, text_report
from .pixel_geometry import Frame

__all__ = ["Volume", "secondary_capture", "text_report", "volume"]


class Volume:
    """The pixels of a series, in the order of the slices in the patient.

    `array` has the axes [slice, row, column], or [slice, row, column, 3] for colors. `spacing` is
    the distance of voxels along the first three axes in mm. The three rows of `orientation` are the
    unit vectors of these axes in the coordinates of the patient (PS3.3 C.7.6.2.1.1), `position` is
    the center of the voxel [0, 0, 0] in mm: the center of voxel v is
    `position + (v * spacing) @ orientation`. Both are None if the images lack them. `instances`
    has the identifier of the instance and the index of the frame for each slice.
    """

    def __init__(
        self,
        array: Any,
        spacing: tuple[float, float, float],
        orientation: Any,
        position: Any,
        instances: list[tuple[str, int]],
    ) -> None:
        self.array = array
        self.spacing = spacing
        self.orientation = orientation
        self.position = position
        self.instances = instances

    def __repr__(self) -> str:
        return f"<Volume {self.array.shape} {self.array.dtype}, spacing {self.spacing} mm>"


def volume(series_id: str) -> Volume:
    """Read a series of slices, or of one instance with several frames.

    The values are the stored ones after the rescale slope and intercept of each frame (Hounsfield
    units, for CT). Raises ValueError if the images form no volume. Warns if the distances of the
    slices differ: a slice may be missing.
    """
    import numpy

    found: list[Frame] = []
    for instance in _get(f"/series/{series_id}")["Instances"]:
        found += pixel_geometry.frames(instance, _get(f"/instances/{instance}/tags?short"))
    if not found:
        raise ValueError(f"the series {series_id} has no images")
    slices, geometry = pixel_geometry.arrange(series_id, found)
    array = None
    for instance in dict.fromkeys(frame.instance for frame in slices):
        pixels = _decode(instance)
        if array is None:
            array = numpy.empty((len(slices), *pixels.shape[1:]), _type(slices, pixels))
        for index, frame in enumerate(slices):
            if frame.instance == instance:
                array[index] = _rescale(pixels[frame.index], frame, array.dtype)
    places = [(frame.instance, frame.index) for frame in slices]
    return Volume(array, *geometry, places)


def _get(uri: str) -> Any:
    import orthanc

    return json.loads(orthanc.RestApiGet(uri))


def _decode(instance: str) -> Any:
    """The stored values of an instance: [frame, row, column], or [frame, row, column, 3]."""
    import numpy
    import orthanc

    try:
        content = orthanc.RestApiGet(f"/instances/{instance}/numpy?rescale=false")
    except orthanc.OrthancException as error:
        raise ValueError(
            f"Orthanc cannot decode the instance {instance} (orthanc.pixels needs Orthanc 1.10.0 "
            "or later, and a plugin for JPEG 2000)"
        ) from error
    pixels = numpy.load(io.BytesIO(content), allow_pickle=False)
    if pixels.ndim == 3:  # one frame
        pixels = pixels[numpy.newaxis]
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _type(slices: list[Frame], pixels: Any) -> Any:
    """The smallest type for all values that the headers permit."""
    import numpy

    if all((frame.slope, frame.intercept) == (1, 0) for frame in slices):
        return pixels.dtype
    if any(frame.slope % 1 or frame.intercept % 1 for frame in slices):
        return numpy.dtype("float32")
    ends = [
        frame.slope * value + frame.intercept for frame in slices for value in frame.stored_range
    ]
    for name in "int16", "int32":
        limits = numpy.iinfo(name)
        if limits.min <= min(ends) and max(ends) <= limits.max:
            return numpy.dtype(name)
    return numpy.dtype("float64")


def _rescale(pixels: Any, frame: Frame, dtype: Any) -> Any:
    if (frame.slope, frame.intercept) == (1, 0):
        return pixels
    if dtype.kind == "i":
        return pixels.astype("int64") * int(frame.slope) + int(frame.intercept)
    return pixels * frame.slope + frame.intercept


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "orthanc.pixels needs numpy and pydicom: pip install orthanc-python[pixels]"
        ) from error
    return {"pixels": sys.modules[__name__]}

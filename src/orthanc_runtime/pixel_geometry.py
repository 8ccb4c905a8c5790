# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The places of images in the patient, from the tags that Orthanc gives (PS3.3 C.7.6.2)."""

from __future__ import annotations

import math
import warnings
from typing import Any

_ROWS, _COLUMNS, _FRAMES = "0028,0010", "0028,0011", "0028,0008"
_SAMPLES, _BITS, _SIGNED = "0028,0002", "0028,0101", "0028,0103"
_POSITION, _ORIENTATION = "0020,0032", "0020,0037"
_PIXEL_SPACING, _SLICE_SPACING, _THICKNESS = "0028,0030", "0018,0088", "0018,0050"
_SLOPE, _INTERCEPT, _NUMBER = "0028,1053", "0028,1052", "0020,0013"
_SHARED, _PER_FRAME = "5200,9229", "5200,9230"
_GROUPS = {  # the functional group of an attribute, in an enhanced multi-frame image (C.7.6.16)
    _POSITION: "0020,9113",
    _ORIENTATION: "0020,9116",
    _PIXEL_SPACING: "0028,9110",
    _SLICE_SPACING: "0028,9110",
    _THICKNESS: "0028,9110",
    _SLOPE: "0028,9145",
    _INTERCEPT: "0028,9145",
}
_PARALLEL = 1e-3  # the largest difference of direction cosines
_SAME_PLACE = 1e-3  # mm
_REGULAR = 0.05  # of the distance of slices
_ACROSS = 0.5  # mm that slices may be shifted to the side

Tags = dict[str, Any]


class Frame:
    """One frame of an instance."""

    def __init__(self, instance: str, index: int, tags: Tags) -> None:
        def read(tag: str) -> list[float]:
            return _numbers(_find(tags, index, tag))

        self.instance = instance
        self.index = index
        self.shape = (*_numbers(tags.get(_ROWS)), *_numbers(tags.get(_COLUMNS)))
        self.samples = (_numbers(tags.get(_SAMPLES)) or [1])[0]
        self.number = (_numbers(tags.get(_NUMBER)) or [0])[0]
        self.position = read(_POSITION)
        self.orientation = read(_ORIENTATION)
        self.pixel_spacing = read(_PIXEL_SPACING)
        self.slice_spacing = (read(_SLICE_SPACING) or read(_THICKNESS) or [math.nan])[0]
        color = self.samples != 1
        self.slope = 1.0 if color else (read(_SLOPE) or [1.0])[0]
        self.intercept = 0.0 if color else (read(_INTERCEPT) or [0.0])[0]
        bits = (_numbers(tags.get(_BITS)) or [16])[0]
        lowest = -(2 ** (bits - 1)) if _numbers(tags.get(_SIGNED)) == [1] else 0
        self.stored_range = (lowest, lowest + 2**bits - 1)

    @property
    def is_placed(self) -> bool:
        """Whether the position and the orientation are known."""
        return len(self.position) == 3 and len(self.orientation) == 6


def frames(instance: str, tags: Tags) -> list[Frame]:
    """The frames of an instance; none if the instance has no pixels."""
    if _ROWS not in tags or _COLUMNS not in tags:
        return []
    count = int((_numbers(tags.get(_FRAMES)) or [1])[0])
    return [Frame(instance, index, tags) for index in range(count)]


def _find(tags: Tags, index: int, tag: str) -> Any:
    """A value from the functional groups of a frame, of all frames, or from the top level."""
    own = tags.get(_PER_FRAME) or []
    for groups in *own[index : index + 1], *(tags.get(_SHARED) or []):
        for group in groups.get(_GROUPS[tag]) or []:
            if group.get(tag):
                return group[tag]
    return tags.get(tag)


def _numbers(text: Any) -> list[float]:
    """The values of a tag; none if it is absent or malformed."""
    try:
        return [float(part) for part in text.split("\\")]
    except (AttributeError, ValueError):
        return []


def arrange(series: str, found: list[Frame]) -> tuple[list[Frame], tuple[Any, Any, Any]]:
    """The frames in the order of the patient; spacing, orientation and position of the volume."""
    _require_equal(series, "sizes", {frame.shape for frame in found})
    _require_equal(series, "numbers of color channels", {frame.samples for frame in found})
    if not all(frame.is_placed for frame in found):
        return _arrange_by_number(series, found)
    import numpy

    directions = numpy.array([frame.orientation for frame in found])
    if numpy.abs(directions - directions[0]).max() > _PARALLEL:
        raise ValueError(
            f"the series {series} is not a volume: the orientations of its images differ "
            "(a localizer among them?)"
        )
    across, down = directions[0][:3], directions[0][3:]  # along a row, along a column
    normal = numpy.cross(across, down)
    found = sorted(found, key=lambda frame: float(normal @ frame.position))
    positions = numpy.array([frame.position for frame in found])
    distance = _slice_distance(series, positions, normal, found[0])
    orientation = numpy.array([normal, down, across])
    return found, (_spacing(found[0], distance), orientation, positions[0])


def _require_equal(series: str, name: str, values: set[Any]) -> None:
    if len(values) > 1:
        raise ValueError(
            f"the series {series} is not a volume: the {name} of its images differ: "
            + ", ".join(str(value) for value in sorted(values))
        )


def _arrange_by_number(
    series: str, found: list[Frame]
) -> tuple[list[Frame], tuple[Any, None, None]]:
    warnings.warn(
        f"images of the series {series} lack their position or orientation: the slices are in the "
        "order of InstanceNumber",
        stacklevel=4,
    )
    found = sorted(found, key=lambda frame: (frame.number, frame.instance, frame.index))
    return found, (_spacing(found[0], found[0].slice_spacing), None, None)


def _slice_distance(series: str, positions: Any, normal: Any, first: Frame) -> float:
    """The usual distance of neighbors in mm, as measured by their positions."""
    import numpy

    if len(positions) == 1:
        return first.slice_spacing
    steps = numpy.diff(positions, axis=0)
    distances = steps @ normal
    usual = float(numpy.median(distances))
    if distances.min() < _SAME_PLACE:
        raise ValueError(
            f"the series {series} is not a volume: several of its images have the same position "
            "(several phases, echoes or reconstructions?)"
        )
    if numpy.abs(distances - usual).max() > _REGULAR * usual:
        warnings.warn(
            f"the distances of the slices of the series {series} differ, from "
            f"{distances.min():.4g} to {distances.max():.4g} mm: slices may be missing",
            stacklevel=5,
        )
    if numpy.abs(steps - numpy.outer(distances, normal)).max() > _ACROSS:
        warnings.warn(
            f"the slices of the series {series} are shifted against each other (a tilted gantry?): "
            "`orientation` describes the slices, not the shift",
            stacklevel=5,
        )
    return usual


def _spacing(frame: Frame, distance: float) -> tuple[float, float, float]:
    rows, columns = (frame.pixel_spacing + [math.nan, math.nan])[:2]
    return (distance, rows, columns)

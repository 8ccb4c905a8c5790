# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOM files made of arrays and text, for the study of an existing series."""

from __future__ import annotations

import json
import time
from typing import Any

from . import datasets

_SINGLE = "1.2.840.10008.5.1.4.1.1.7"  # Secondary Capture Image Storage
_MULTI = {  # Multi-frame … Secondary Capture Image Storage, by bits and color channels
    (8, 1): "1.2.840.10008.5.1.4.1.1.7.2",
    (16, 1): "1.2.840.10008.5.1.4.1.1.7.3",
    (8, 3): "1.2.840.10008.5.1.4.1.1.7.4",
}
_BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"
# The attributes of the patient and the study (type 2: empty if they are unknown)
_INHERITED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
)
_OPTIONAL = ("StudyDescription", "PatientAge", "IssuerOfPatientID")


def secondary_capture(
    array: Any,
    *,
    like: str,
    description: str = "",
    series_number: int = 1000,
) -> bytes:
    """Make a DICOM file that shows an array, in a new series of the study of the series `like`.

    `array` is an image [row, column], an image in color [row, column, 3], or several of them:
    [frame, row, column] or [frame, row, column, 3]. Color needs uint8, several images uint8 or
    uint16. One image can have any real type: values other than uint8, uint16 and int16 are scaled
    to 16 bits, with the rescale slope and intercept in the file.
    """
    import numpy

    pixels, channels = _require_image(numpy.asarray(array))
    several = pixels.ndim == (3 if channels == 1 else 4)
    rescale = None
    if channels == 1 and not several:
        pixels, rescale = _to_16_bits(pixels)
    bits = 8 * pixels.dtype.itemsize
    dataset = _new(like, _MULTI[bits, channels] if several else _SINGLE, "OT", description)
    dataset.SeriesNumber = series_number
    dataset.ConversionType = "WSD"
    dataset.PatientOrientation = dataset.Laterality = None  # unknown
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.BurnedInAnnotation = "NO"
    dataset.Rows, dataset.Columns = pixels.shape[1:3] if several else pixels.shape[:2]
    dataset.SamplesPerPixel = channels
    dataset.PhotometricInterpretation = "RGB" if channels == 3 else "MONOCHROME2"
    if channels == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if several:
        _describe_frames(dataset, len(pixels), channels)
    if channels == 1:
        _describe_values(dataset, pixels, rescale)
    little = pixels.astype(pixels.dtype.newbyteorder("<"))
    content = little.tobytes()
    dataset.add_new("PixelData", "OB" if bits == 8 else "OW", content + b"\0" * (len(content) % 2))
    return datasets.encode(dataset)


def _require_image(pixels: Any) -> tuple[Any, int]:
    """The array, and the number of its color channels."""
    if pixels.dtype.kind == "b":
        pixels = pixels.astype("uint8") * 255
    color = pixels.ndim in (3, 4) and pixels.shape[-1] == 3 and pixels.dtype == "uint8"
    if pixels.dtype.kind not in "iuf" or not pixels.size:
        raise TypeError(f"an image has numbers, not {pixels.size} elements of type {pixels.dtype}")
    if not (color or pixels.ndim in (2, 3)):
        raise ValueError(
            "an image has the axes [row, column], [row, column, 3], [frame, row, column] or "
            f"[frame, row, column, 3], colors in uint8: not {pixels.shape} in {pixels.dtype}"
        )
    if pixels.ndim >= 3 and not color and pixels.dtype not in ("uint8", "uint16"):
        raise TypeError(f"several images in one file must be uint8 or uint16, not {pixels.dtype}")
    if max(pixels.shape[-3:-1] if color else pixels.shape[-2:]) > 65535:
        raise ValueError(f"DICOM images have at most 65535 rows and columns, not {pixels.shape}")
    return pixels, 3 if color else 1


def _to_16_bits(pixels: Any) -> tuple[Any, tuple[float, float] | None]:
    """The image in a type of Secondary Capture; its slope and intercept if it is scaled."""
    import numpy

    if pixels.dtype in ("uint8", "uint16", "int16"):
        return pixels, None
    if not numpy.isfinite(pixels).all():
        raise ValueError("the image has values that are not finite: use numpy.nan_to_num()")
    low, high = float(pixels.min()), float(pixels.max())
    slope = float(f"{(high - low) / 65535 or 1:.10g}")  # as many digits as the file has
    intercept = float(f"{low:.10g}")
    scaled = numpy.rint((pixels.astype("float64") - intercept) / slope)
    return scaled.clip(0, 65535).astype("uint16"), (slope, intercept)


def _describe_frames(dataset: Any, count: int, channels: int) -> None:
    """The modules for multi-frame Secondary Capture (PS3.3 C.8.6.3 and C.8.6.4)."""
    dataset.NumberOfFrames = count
    dataset.FrameIncrementPointer = 0x00182001
    dataset.PageNumberVector = list(range(1, count + 1))
    if channels == 1:
        dataset.PresentationLUTShape = "IDENTITY"
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"


def _describe_values(dataset: Any, pixels: Any, rescale: tuple[float, float] | None) -> None:
    """The relation of stored values to the values of the array, and to brightness."""
    slope, intercept = rescale or (1.0, 0.0)
    if rescale is not None:
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.10g}", f"{intercept:.10g}"
        dataset.RescaleType = "US"
    if pixels.dtype.itemsize == 2:
        low, high = (float(value) * slope + intercept for value in (pixels.min(), pixels.max()))
        dataset.WindowCenter = f"{(low + high) / 2:.10g}"
        dataset.WindowWidth = f"{max(high - low, slope):.10g}"


def text_report(text: str, *, like: str, title: str = "Report", series_number: int = 1000) -> bytes:
    """Make a Basic Text SR in a new series of the study of the series `like`.

    Each paragraph of `text` (separated by an empty line) is one item of the report.
    """
    from pydicom.dataset import Dataset

    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    if not paragraphs:
        raise ValueError("a report needs a text")
    dataset = _new(like, _BASIC_TEXT, "SR", title)
    dataset.SeriesNumber = series_number
    dataset.CompletionFlag, dataset.VerificationFlag = "COMPLETE", "UNVERIFIED"
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.PerformedProcedureCodeSequence = []
    dataset.ValueType, dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
    dataset.ConceptNameCodeSequence = [_code("18748-4", "LN", "Diagnostic imaging study")]
    dataset.ContentSequence = []
    for paragraph in paragraphs:
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
        item.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
        item.TextValue = paragraph
        dataset.ContentSequence.append(item)
    return datasets.encode(dataset)


def _code(value: str, scheme: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _new(like: str, sop_class: str, modality: str, description: str) -> Any:
    """A dataset in a new series, with the patient and the study of the series `like`."""
    import orthanc

    try:
        from pydicom.dataset import Dataset
        from pydicom.uid import generate_uid
    except ImportError as error:
        raise ImportError(
            "orthanc.pixels needs pydicom: pip install orthanc-python[pixels]"
        ) from error
    study = json.loads(orthanc.RestApiGet(f"/series/{like}/study"))
    tags = {**study["PatientMainDicomTags"], **study["MainDicomTags"]}
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _INHERITED:
        setattr(dataset, keyword, tags.get(keyword, ""))
    for keyword in _OPTIONAL:
        if keyword in tags:
            setattr(dataset, keyword, tags[keyword])
    dataset.StudyInstanceUID = tags["StudyInstanceUID"]
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    dataset.Modality, dataset.SeriesDescription = modality, description
    dataset.Manufacturer, dataset.InstanceNumber = "orthanc-python", 1
    dataset.ContentDate, dataset.ContentTime = time.strftime("%Y%m%d"), time.strftime("%H%M%S")
    return dataset

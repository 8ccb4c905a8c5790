# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Conversion of pydicom datasets to the bytes of a DICOM file, and back."""

from __future__ import annotations

import copy
import io
import sys
from typing import Any

# For datasets without an SOP class, such as an item of a worklist: the SOP class with which DCMTK
# writes raw data. Orthanc reads the dataset and ignores this value.
_NO_CLASS = "1.2.276.0.7230010.3.1.0.1"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"


def encode_if_dataset(value: Any) -> Any:
    """The DICOM file of a pydicom.Dataset as bytes; any other value unchanged."""
    pydicom = sys.modules.get("pydicom")  # any holder of a Dataset has imported it
    dataset = getattr(pydicom, "Dataset", None)
    if dataset is None or not isinstance(value, dataset):
        return value
    return encode(value)


def encode(dataset: Any) -> bytes:
    """The bytes of a DICOM file (PS3.10). Missing file meta information is added to a copy."""
    import pydicom
    from pydicom.uid import generate_uid

    # A shallow copy: in pydicom 2, copy.copy() warns about datasets that were read from memory.
    file = object.__new__(type(dataset))
    vars(file).update(vars(dataset))
    meta = copy.copy(getattr(dataset, "file_meta", None)) or pydicom.dataset.FileMetaDataset()
    if "TransferSyntaxUID" not in meta:
        implicit = _encoding(dataset) == (True, True)
        meta.TransferSyntaxUID = _IMPLICIT_LITTLE_ENDIAN if implicit else _EXPLICIT_LITTLE_ENDIAN
    if "MediaStorageSOPClassUID" not in meta:
        meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID") or _NO_CLASS
    if "MediaStorageSOPInstanceUID" not in meta:
        meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID") or generate_uid()
    file.file_meta = meta
    target = io.BytesIO()
    if int(pydicom.__version__.split(".")[0]) >= 3:
        file.save_as(target, enforce_file_format=True)
    else:
        syntax = pydicom.uid.UID(meta.TransferSyntaxUID)
        file.is_little_endian = syntax.is_little_endian
        file.is_implicit_VR = syntax.is_implicit_VR
        file.save_as(target, write_like_original=False)
    return target.getvalue()


def _encoding(dataset: Any) -> tuple[bool | None, bool | None]:
    """Whether the file of a dataset was in implicit VR, and in little endian."""
    try:
        implicit, little = dataset.original_encoding
    except AttributeError:  # pydicom 2
        implicit, little = dataset.is_implicit_VR, dataset.is_little_endian
    return implicit, little


def decode(dicom: bytes, stop_before_pixels: bool) -> Any:
    """The dataset of a DICOM file."""
    try:
        import pydicom
    except ImportError as error:
        raise ImportError("GetDataset() needs pydicom: pip install pydicom") from error
    return pydicom.dcmread(io.BytesIO(dicom), stop_before_pixels=stop_before_pixels)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Datasets of pydicom where Orthanc wants the bytes of a DICOM file, and the way back."""

from __future__ import annotations

import copy
import io
import sys
from typing import Any

# Where a dataset does not say what it is an instance of, such as an item of a worklist: the SOP
# class with which DCMTK writes raw data. Orthanc looks at the dataset, not at this.
_NO_CLASS = "1.2.276.0.7230010.3.1.0.1"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"


def encode_if_dataset(value: Any) -> Any:
    """The DICOM file of a pydicom.Dataset as bytes; any other value as it is."""
    pydicom = sys.modules.get("pydicom")  # who has a dataset has imported it
    dataset = getattr(pydicom, "Dataset", None)
    if dataset is None or not isinstance(value, dataset):
        return value
    return encode(value)


def encode(dataset: Any) -> bytes:
    """The bytes of a DICOM file (PS3.10). Meta information that lacks is added, to a copy."""
    import pydicom
    from pydicom.uid import generate_uid

    # A shallow copy. copy.copy() warns of datasets that were read from memory, with pydicom 2.
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
    """Whether a dataset that was read is in implicit VR, and in little endian."""
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

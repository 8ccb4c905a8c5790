# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small DICOM files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


def image(
    patient_id: str = "PATIENT",
    study_uid: str | None = None,
    series_uid: str | None = None,
    sop_uid: str | None = None,
    *,
    rows: int = 4,
    columns: int = 6,
    pixels: bytes | None = None,
    **elements: Any,
) -> FileDataset:
    """An 8-bit greyscale Secondary Capture image; `elements` are set by their DICOM keyword."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID(sop_uid) if sop_uid else generate_uid()
    # pynetdicom compares the encoding with the transfer syntax; the default is implicit VR
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta, is_implicit_VR=False)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = study_uid or generate_uid()
    dataset.SeriesInstanceUID = series_uid or generate_uid()
    dataset.PatientID = patient_id
    dataset.PatientName = "Test^Patient"
    dataset.PatientBirthDate = "19700101"
    dataset.PatientSex = "O"
    dataset.StudyID = "S1"
    dataset.StudyDate = "20200102"
    dataset.StudyTime = "101112"
    dataset.AccessionNumber = "A1"
    dataset.ReferringPhysicianName = ""
    dataset.Modality = "OT"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = rows
    dataset.Columns = columns
    dataset.BitsAllocated = 8
    dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels or bytes(index % 256 for index in range(rows * columns))
    for keyword, value in elements.items():
        if tag_for_keyword(keyword) is None:
            raise ValueError(f"{keyword} is no DICOM keyword: see the dictionary in PS3.6")
        setattr(dataset, keyword, value)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def encode(dataset: Dataset) -> bytes:
    """The dataset as a DICOM file (PS3.10)."""
    file = BytesIO()
    if int(pydicom.__version__.split(".")[0]) >= 3:
        dcmwrite(file, dataset, enforce_file_format=True)
    else:  # the last pydicom for Python 3.9
        dcmwrite(file, dataset, write_like_original=False)
    return file.getvalue()


class DicomMaker:
    """Makes small DICOM images; the fixture `dicom`.

    `dicom(PatientID="A")` is a dataset with this element; each call makes a new study.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def __call__(
        self, *, rows: int = 4, columns: int = 6, pixels: bytes | None = None, **elements: Any
    ) -> FileDataset:
        """An 8-bit greyscale Secondary Capture image; `elements` are set by their DICOM keyword."""
        return image(rows=rows, columns=columns, pixels=pixels, **elements)

    def series(self, count: int, **elements: Any) -> list[FileDataset]:
        """`count` images of one new series, numbered from 1; for the arguments, see a call."""
        uids = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
        return [
            self(**{**uids, "InstanceNumber": number, **elements}) for number in range(1, count + 1)
        ]

    def write(self, dataset: Dataset) -> Path:
        """Write a dataset to a DICOM file in the temporary folder of the test."""
        self._files += 1
        path = self._folder / f"{self._files}.dcm"
        path.write_bytes(encode(dataset))
        return path

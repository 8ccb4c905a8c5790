# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from .conftest import Runtime


def test_other_values_are_unchanged(runtime: Runtime) -> None:
    for value in (None, b"ab", "ab", 3):
        assert runtime("datasets").encode_if_dataset(value) is value


def test_a_dataset_becomes_a_file(runtime: Runtime) -> None:
    dataset = Dataset()
    dataset.PatientID = "A"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.3", "1.2.4"
    data = runtime("datasets").encode_if_dataset(dataset)
    assert data[128:132] == b"DICM"
    read = pydicom.dcmread(io.BytesIO(data))
    assert read.PatientID == "A"
    assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert read.file_meta.MediaStorageSOPClassUID == "1.2.3"
    assert read.file_meta.MediaStorageSOPInstanceUID == "1.2.4"
    assert not hasattr(dataset, "file_meta")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_transfer_syntax_of_a_file_is_kept(runtime: Runtime, syntax: UID) -> None:
    datasets = runtime("datasets")
    original = Dataset()
    original.PatientID = "A"
    original.file_meta = pydicom.dataset.FileMetaDataset()
    original.file_meta.TransferSyntaxUID = syntax
    read = datasets.decode(datasets.encode(original), stop_before_pixels=True)
    assert (read.PatientID, read.file_meta.TransferSyntaxUID) == ("A", syntax)
    again = datasets.decode(datasets.encode(read), stop_before_pixels=True)
    assert again.file_meta == read.file_meta

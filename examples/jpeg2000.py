# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Add JPEG 2000, for which Orthanc has no codec: previews, and conversions in both directions.

pydicom does the work, with the codec of pylibjpeg-openjpeg. For other transfer syntaxes, both
callbacks return None: Orthanc then uses its own codecs.

Run:  pip install pydicom pylibjpeg-openjpeg
      orthanc-python run examples/jpeg2000.py
Try:  curl http://127.0.0.1:8042/instances -T jpeg2000.dcm
      curl http://127.0.0.1:8042/instances/ID/preview -o preview.png
      curl http://127.0.0.1:8042/instances/ID/modify -d '{"Transcode": "1.2.840.10008.1.2.4.90",
           "Keep": ["SOPInstanceUID"], "Force": true}' -o jpeg2000.dcm
"""

from __future__ import annotations

import io
from typing import Any

import orthanc
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEG2000, ExplicitVRLittleEndian, JPEG2000Lossless

OURS = (JPEG2000Lossless, JPEG2000)


def syntax_of(dicom: bytes) -> str:
    meta = dcmread(io.BytesIO(dicom), specific_tags=["TransferSyntaxUID"]).file_meta
    return str(meta.TransferSyntaxUID)


def decode(dicom: bytes, frame_index: int) -> Any:
    if syntax_of(dicom) not in OURS:
        return None
    # Colours are RGB. Orthanc copies the array into an image of its own.
    return pixel_array(io.BytesIO(dicom), index=frame_index)


def transcode(dicom: bytes, allowed: list[str], allow_new_sop_instance_uid: bool) -> Dataset | None:
    if syntax_of(dicom) in OURS and ExplicitVRLittleEndian in allowed:
        dataset = dcmread(io.BytesIO(dicom))
        dataset.decompress(generate_instance_uid=False)
        return dataset
    if JPEG2000Lossless in allowed:
        dataset = dcmread(io.BytesIO(dicom))
        if "PixelData" in dataset and not dataset.file_meta.TransferSyntaxUID.is_compressed:
            dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
            return dataset
    return None


orthanc.RegisterDecodeImageCallback(decode)
orthanc.RegisterTranscoderCallback(transcode)

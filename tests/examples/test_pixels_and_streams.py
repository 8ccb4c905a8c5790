# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples with large bodies, arrays and codecs, WebDAV and DICOMweb."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.uid import EncapsulatedPDFStorage, JPEG2000Lossless, generate_uid

from tests.support import dicom
from tests.support.debian_chroots import Chroot
from tests.support.pythons import environment_in
from tests.support.servers import wait_for

from .conftest import Example, upload


@pytest.mark.chroot
def test_large_files(example: Example) -> None:
    server = example("large_files.py", debian="sid")
    content = os.urandom(5_000_000)
    pieces = (content[start : start + 300_000] for start in range(0, len(content), 300_000))
    assert server.put("/files/large.zip", pieces).status_code == 201
    assert server.get("/files").json() == {"large.zip": len(content)}
    answer = server.get("/files/large.zip")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/zip"
    assert server.post("/files/large.zip", b"1").status_code == 405
    assert server.delete("/files/large.zip").status_code == 200
    assert server.get("/files/large.zip").status_code == 404
    assert server.get("/files/.hidden").status_code == 404


def test_webdav_folders(example: Example) -> None:
    server = example("webdav_folders.py")
    document = dicom.image("ADA")
    document.file_meta.MediaStorageSOPClassUID = EncapsulatedPDFStorage
    document.SOPClassUID = EncapsulatedPDFStorage
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocument = b"%PDF-1.4 "
    del document.PixelData
    server.upload(document)

    def names(path: str) -> str:
        answer = server.request("PROPFIND", path, headers={"Depth": "1"})
        assert answer.status_code == 207, answer.text
        return answer.text

    assert "ADA" in names("/documents")
    assert f"{document.SOPInstanceUID}.pdf" in names("/documents/ADA")
    answer = server.get(f"/documents/ADA/{document.SOPInstanceUID}.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert server.put("/documents/notes/a.txt", b"note").status_code == 201
    assert "a.txt" in names("/documents/notes")
    assert server.get("/documents/notes/a.txt").content == b"note"
    assert server.put("/documents/ADA/a.txt", b"note").status_code == 403
    assert server.delete("/documents/notes/a.txt").status_code == 204
    assert server.get("/documents/notes/a.txt").status_code == 404


@pytest.mark.parametrize("where", [None, pytest.param("sid", marks=pytest.mark.chroot)])
def test_series_projection(example: Example, where: str | None) -> None:
    server = example("series_projection.py", debian=where, config={"StableAge": 1})
    series = generate_uid()
    for z in range(3):  # [slice, row, column]; the front is row 0
        slice_ = dicom.image(
            study_uid="1.2.3",
            series_uid=series,
            rows=2,
            columns=2,
            pixels=bytes([z, 9 if z == 1 else 0, 5, 1]),
            Modality="MR",
            ImagePositionPatient=[0, 0, 2 * z],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            PixelSpacing=[1, 1],
        )
        stored = server.upload(slice_)
    expected = ["MIP", "OT", [[5, 1], [5, 9], [5, 1]]]  # the head at the top

    def projections() -> list[object]:
        """The added images. The series may be stable, and be projected, without its last slices."""
        added = [
            dcmread(io.BytesIO(server.get(f"/instances/{found['ID']}/file").content))
            for found in server.get(f"/studies/{stored['ParentStudy']}/instances").json()
            if found["ParentSeries"] != stored["ParentSeries"]
        ]
        return [[one.SeriesDescription, one.Modality, one.pixel_array.tolist()] for one in added]

    wait_for(lambda: expected in projections(), f"{expected}")


def test_numpy_projection(example: Example) -> None:
    server = example("numpy_projection.py")
    for position in range(3):
        pixels = bytearray(24)
        pixels[position] = 100 * (position + 1) // 3 + 100
        series = upload(server, "P", "1.2.3", "1.2.3.4", pixels=bytes(pixels))["ParentSeries"]
    answer = server.get(f"/series/{series}/projection")
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == ("PNG", (6, 4))
    assert list(image.tobytes()[:4]) == [133 * 255 // 200, 166 * 255 // 200, 255, 0]
    assert server.post(f"/series/{series}/projection").status_code == 405


def test_bulk_data(example: Example) -> None:
    server = example("bulk_data.py")
    instance = upload(server, "P")["ID"]
    answer = server.get(f"/instances/{instance}/dicom-web-json")
    assert answer.headers["Content-Type"] == "application/dicom+json"
    found = answer.json()
    assert found["00100020"]["Value"] == ["P"]
    link = found["7FE00010"]["BulkDataURI"]
    assert link == f"/instances/{instance}/content/7fe0-0010"
    assert server.get(link).status_code == 200
    document = server.get(f"/instances/{instance}/dicom-web-xml")
    assert document.headers["Content-Type"] == "application/dicom+xml"
    assert f'="{link}" />' in document.text
    assert server.get("/instances/nothing/dicom-web-json").status_code == 404


@pytest.fixture(scope="module")
def codec(where: str | None, chroot: Callable[[str], Chroot]) -> dict[str, object]:
    """Settings for a Python that has the codec."""
    if where is None:
        return {}
    there = chroot(where)
    environment = environment_in(there, there.python_version, "pylibjpeg", "pylibjpeg-openjpeg")
    return {"Python": {"VirtualEnv": environment}}


def test_jpeg2000(example: Example, where: str | None, codec: dict[str, object]) -> None:
    """Orthanc alone can neither display nor create such files."""
    server = example("jpeg2000.py", debian=where, config=codec)
    plain = dicom.image("P", rows=32, columns=48, pixels=bytes(range(256)) * 6)
    compressed = dcmread(io.BytesIO(dicom.encode(plain)))
    compressed.compress(JPEG2000Lossless, generate_instance_uid=False)
    assert compressed.PixelData != plain.PixelData
    stored = server.upload(compressed)["ID"]

    preview = server.get(f"/instances/{stored}/image-uint8")
    assert preview.status_code == 200, server.log[-2000:]
    assert Image.open(io.BytesIO(preview.content)).tobytes() == plain.PixelData

    def transcode(instance: str, syntax: str) -> bytes:
        request = {"Transcode": syntax, "Keep": ["SOPInstanceUID"], "Force": True}
        answer = server.post(f"/instances/{instance}/modify", json=request)
        assert answer.status_code == 200, server.log[-2000:]
        return answer.content

    # The decoder leaves formats that Orthanc supports to Orthanc.
    back = dcmread(io.BytesIO(transcode(stored, "1.2.840.10008.1.2.1")))
    assert back.PixelData == plain.PixelData
    other = upload(server, "Q", rows=32, columns=48, pixels=bytes(range(256)) * 6)["ID"]
    made = dcmread(io.BytesIO(transcode(other, JPEG2000Lossless)))
    assert made.file_meta.TransferSyntaxUID == JPEG2000Lossless
    made.decompress()
    assert made.PixelData == plain.PixelData
    assert server.get(f"/instances/{other}/image-uint8").status_code == 200

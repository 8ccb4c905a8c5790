# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that create or change images, datasets and reports."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image
from pydicom import dcmread

from .conftest import Example, upload


def test_pydicom_dump(example: Example) -> None:
    server = example("pydicom_dump.py")
    instance = upload(server, PatientName="Curie^Marie")["ID"]
    answer = server.get(f"/instances/{instance}/dump")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert re.search(
        r"\(0010, ?0010\) Patient.s Name +PN: .Curie\^Marie.$", answer.text, re.MULTILINE
    )
    assert "Pixel Data" not in answer.text
    assert server.post(f"/instances/{instance}/dump").status_code == 405
    assert server.get("/instances/nothing/dump").status_code == 404


def test_thumbnail(example: Example) -> None:
    server = example("thumbnail.py")
    instance = upload(server, rows=100, columns=200, pixels=bytes(20_000))["ID"]
    answer = server.get(f"/instances/{instance}/thumbnail")
    assert answer.headers["Content-Type"] == "image/jpeg"
    image = Image.open(BytesIO(answer.content))
    assert (image.format, image.size) == ("JPEG", (64, 32))

    larger = server.get(f"/instances/{instance}/thumbnail?size=100")
    assert Image.open(BytesIO(larger.content)).size == (100, 50)
    assert server.get(f"/instances/{instance}/thumbnail?size=big").status_code == 400
    assert server.get("/instances/nothing/thumbnail").status_code == 404


def test_mosaic(example: Example) -> None:
    server = example("mosaic.py")
    shades = (0, 50, 100, 150, 200)
    for position in (3, 1, 4, 0, 2):  # the order of arrival differs from the order in space
        series = upload(
            server,
            "P",
            "1.2.3",
            "1.2.3.1",
            rows=8,
            columns=12,
            pixels=bytes([shades[position]]) * 96,
            FrameOfReferenceUID="1.2.3.9",
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[0, 0, position * 2.5],
        )["ParentSeries"]
    answer = server.get(f"/series/{series}/mosaic")
    assert answer.headers["Content-Type"] == "image/png"
    image = Image.open(BytesIO(answer.content)).convert("L")
    assert image.size == (3 * 12, 3 * 8)
    centres = [(12 * (cell % 3) + 6, 8 * (cell // 3) + 4) for cell in range(5)]
    grey = image.tobytes()
    # The windowing may round by one.
    assert [round(grey[y * image.width + x], -1) for x, y in centres] == list(shades)
    assert server.get("/series/nothing/mosaic").status_code == 404


def test_excel_report(example: Example) -> None:
    server = example("excel_report.py")
    upload(server, "P1", PatientName="Curie^Marie", StudyDescription="CHEST", StudyDate="20200102")
    upload(server, "P2", PatientName="=1+1", StudyDescription="HEAD", StudyDate="20200103")
    answer = server.get("/report.xlsx")
    assert "report.xlsx" in answer.headers["Content-Disposition"]
    sheet = load_workbook(BytesIO(answer.content))["Studies"]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}  # a name is not a formula
    rows = list(sheet.values)
    assert rows[0] == ("Patient ID", "Patient name", "Date", "Description")
    assert sorted(rows[1:]) == [
        ("P1", "Curie^Marie", "20200102", "CHEST"),
        ("P2", "=1+1", "20200103", "HEAD"),
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_create_dicom(example: Example, kind: str, mode: str) -> None:
    _dicomize(example, kind, mode)


def test_create_dicom_without_transparency(example: Example) -> None:
    _dicomize(example, "PNG", "RGBA")


def _dicomize(example: Example, kind: str, mode: str) -> None:
    server = example("create_dicom.py")
    image = BytesIO()
    Image.new(mode, (30, 20)).save(image, kind)
    headers = {
        "Content-Type": f"image/{kind.lower()}",
        "Patient-ID": "1001",
        "Patient-Name": "Curie^Marie",
    }
    answer = server.post("/dicomize", image.getvalue(), headers=headers)
    assert answer.status_code == 200, answer.text
    dataset = dcmread(BytesIO(server.get(f"/instances/{answer.json()['ID']}/file").content))
    assert (dataset.PatientID, str(dataset.PatientName)) == ("1001", "Curie^Marie")
    assert (dataset.Columns, dataset.Rows) == (30, 20)
    assert dataset.SamplesPerPixel == (1 if mode == "L" else 3)
    assert server.post("/dicomize", b"?", headers={"Content-Type": "a/b"}).status_code == 415


def test_pillow_conversions(example: Example) -> None:
    server = example("pillow_conversions.py")
    original = upload(server, "P", "1.2.3", rows=5, columns=5, pixels=bytes([90]) * 25)
    answer = server.post(f"/instances/{original['ID']}/cross")
    assert answer.status_code == 200, answer.text
    assert answer.json()["ParentStudy"] == original["ParentStudy"]
    file = server.get(f"/instances/{answer.json()['ID']}/file").content
    pixels = Image.frombytes("RGB", (5, 5), dcmread(BytesIO(file)).PixelData[:75])
    assert [pixels.getpixel((x, 0)) for x in range(5)] == [
        (255, 0, 0),
        (90, 90, 90),
        (90, 90, 90),
        (90, 90, 90),
        (255, 0, 0),
    ]
    assert pixels.getpixel((2, 2)) == (255, 0, 0)


def test_pillow_conversions_of_a_16_bit_image(example: Example) -> None:
    server = example("pillow_conversions.py")
    instance = upload(
        server,
        rows=4,
        columns=4,
        pixels=b"\x20\x00" * 16,
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
    )["ID"]
    answer = server.post(f"/instances/{instance}/cross")
    assert answer.status_code == 200, answer.text
    file = server.get(f"/instances/{answer.json()['ID']}/file").content
    pixels = Image.frombytes("RGB", (4, 4), dcmread(BytesIO(file)).PixelData[:48])
    assert pixels.getpixel((1, 0)) == (32, 32, 32)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that receive and send files in their own ways."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support import dicom
from tests.support.web import Handler, serving

from .conftest import Example, upload


@pytest.mark.chroot
def test_adopt_folder(example: Example) -> None:
    config = {"Adopt": {"Folder": "archive"}, "MaximumStorageCacheSize": 0}
    server = example("adopt_folder.py", debian="sid", config=config)
    assert server.get("/adopt").status_code == 405
    failed = server.wait_for_job(server.post("/adopt").text)
    assert failed["Content"]["Error"].startswith("NotADirectoryError: There is no folder /")
    archive = server.directory / "archive" / "2024"
    archive.mkdir(parents=True)
    content = dicom.encode(dicom.image("P1"))
    (archive / "one.dcm").write_bytes(content)
    (archive / "two").write_bytes(dicom.encode(dicom.image("P2")))
    (archive / "list.txt").write_text("no DICOM")
    done = server.wait_for_job(server.post("/adopt").text)
    assert done["Content"] == {"Adopted": 2, "Known": 0, "NoDicom": 1}
    first = server.post("/tools/lookup", "P1").json()[0]["ID"]
    [instance] = server.get(f"/patients/{first}/instances").json()
    assert server.get(f"/instances/{instance['ID']}/file").content == content
    again = server.wait_for_job(server.post("/adopt").text)
    assert again["Content"] == {"Adopted": 0, "Known": 2, "NoDicom": 1}

    own = upload(server, "OWN")["ID"]
    assert server.get(f"/instances/{own}/file").status_code == 200
    for identifier in server.get("/instances").json():
        assert server.delete(f"/instances/{identifier}").status_code == 200
    assert (archive / "one.dcm").read_bytes() == content
    assert list((server.directory / "storage" / "python").iterdir()) == []


def test_refuse_instances(example: Example) -> None:
    server = example("refuse_instances.py", config={"Refuse": {"Modalities": ["SR"]}})
    unwanted = dicom.image("P1")
    unwanted.Modality = "SR"
    assert server.upload(unwanted)["Status"] == "FilteredOut"
    nameless = dicom.image(" ")
    assert server.upload(nameless)["Status"] == "FilteredOut"
    server.store(unwanted, dicom.image("P2"))
    assert [
        server.get(f"/patients/{patient}").json()["MainDicomTags"]["PatientID"]
        for patient in server.get("/patients").json()
    ] == ["P2"]
    server.wait_for_log(r"Turned away: .* \(modality SR\)")
    server.wait_for_log(r"Turned away: .* \(no PatientID\)")


def test_script_metrics(example: Example) -> None:
    server = example("script_metrics.py")
    undated = dicom.image("P1")
    undated.StudyDate = ""
    server.upload(undated)
    dated = dicom.image("P2")
    dated.StudyDate = "20240229"
    server.upload(dated)
    metrics = server.get("/tools/metrics-prometheus").text
    assert "script_studies_without_date 1 " in metrics
    assert "script_free_gigabytes " in metrics


def test_multipart_series(example: Example) -> None:
    server = example("multipart_series.py")
    stored = [upload(server, "P", "1.2.3", "1.2.3.4") for _ in range(3)]
    answer = server.get(f"/series/{stored[0]['ParentSeries']}/parts")
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + answer.content).walk())[1:]
    found = {part["Content-Location"]: part.get_payload(decode=True) for part in parts}
    assert found == {
        f"/instances/{one['ID']}/file": server.get(f"/instances/{one['ID']}/file").content
        for one in stored
    }
    assert server.get("/series/nothing/parts").status_code == 404
    assert server.post("/series/nothing/parts").status_code == 405


class Upload(Handler):
    """Receives a body in chunks."""

    received: dict[str, bytes]

    def do_PUT(self) -> None:
        self.received[self.path] = self.body()
        self.answer(b"", 507 if self.path.startswith("/full/") else 201)


@pytest.fixture
def web() -> Iterator[tuple[str, dict[str, bytes]]]:
    received: dict[str, bytes] = {}
    recorder = type("Recorder", (Upload,), {"received": received})
    with serving(recorder) as port:
        yield f"http://127.0.0.1:{port}", received


def test_send_zip(example: Example, web: tuple[str, dict[str, bytes]]) -> None:
    url, received = web
    server = example("send_zip.py", config={"SendZip": {"Url": f"{url}/upload/"}})
    stored = [upload(server, "P", "1.2.3") for _ in range(3)]
    study = stored[0]["ParentStudy"]
    done = server.wait_for_job(server.post(f"/studies/{study}/send-zip").text)
    assert (done["State"], done["Content"]) == ("Success", {"Sent": 3, "Result": 201})
    archive = ZipFile(io.BytesIO(received[f"/upload/{study}.zip"]))
    assert archive.testzip() is None
    assert {archive.read(name) for name in archive.namelist()} == {
        server.get(f"/instances/{one['ID']}/file").content for one in stored
    }
    failed = server.wait_for_job(server.post("/studies/nothing/send-zip").text)
    assert failed["State"] == "Failure"
    assert "Unknown resource" in failed["Content"]["Error"]
    assert server.get(f"/studies/{study}/send-zip").status_code == 405


def test_send_zip_to_a_server_that_refuses(
    example: Example, web: tuple[str, dict[str, bytes]]
) -> None:
    server = example("send_zip.py", config={"SendZip": {"Url": f"{web[0]}/full/"}})
    study = upload(server, "P")["ParentStudy"]
    failed = server.wait_for_job(server.post(f"/studies/{study}/send-zip").text)
    assert failed["State"] == "Failure"
    assert failed["Content"]["Error"].endswith("the HTTP status 507")


@pytest.mark.this_machine
def test_series_table(example: Example, tmp_path: Path) -> None:
    table = tmp_path / "series.csv"
    server = example("series_table.py", config={"SeriesTable": str(table)})
    image = dicom.image("P1", "1.2", "1.2.3")
    image.StationName = "CT-2"
    image.KVP = "120"
    server.upload(image)
    upload(server, "P1", "1.2", "1.2.3")
    upload(server, "P2", "1.3", "1.3.4")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["SeriesInstanceUID"] for row in rows] == ["1.2.3", "1.3.4"]
    assert (rows[0]["StationName"], rows[0]["KVP"], rows[1]["KVP"]) == ("CT-2", "120", "")

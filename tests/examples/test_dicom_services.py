# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that answer other DICOM application entities."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from orthanc_python.server import Orthanc, free_port
from orthanc_python.testing import Modality
from tests.support import dicom, peers
from tests.support.servers import wait_for

from .conftest import Example, upload

PEER = "PEER"  # as examples/orthanc.json calls the peer


def study_query(**keys: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    for name, value in keys.items():
        setattr(query, name, value)
    return query


def find(server: Orthanc, query: Dataset, *, worklist: bool = False) -> list[Dataset]:
    status, answers = peers.find(server, query, worklist=worklist, aet=PEER)
    assert status == 0
    return answers


def check_find(server: Orthanc) -> None:
    answers = find(server, study_query(PatientName="*a*", PatientID="", StudyDate=""))
    assert {(answer.PatientID, str(answer.PatientName)) for answer in answers} == {
        ("1001", "Curie^Marie"),
        ("1002", "Lovelace^Ada"),
    }
    assert all("StudyDate" in answer and not answer.StudyDate for answer in answers)
    (one,) = find(server, study_query(PatientName="curie*", StudyDescription=""))
    assert one.StudyDescription == "CHEST"
    assert find(server, study_query(PatientName="Nobody")) == []
    server.wait_for_log("C-FIND from PEER: .*Nobody")


def test_find_scp(example: Example, peer_config: dict[str, Any]) -> None:
    check_find(example("find_scp.py", config=peer_config))


@pytest.mark.chroot
def test_find_scp_with_the_newer_callback(example: Example, peer_config: dict[str, Any]) -> None:
    check_find(example("find_scp.py", config=peer_config, debian="sid"))


def test_move_scp(example: Example, peer_config: dict[str, Any]) -> None:
    with Modality(aet=PEER) as archive:
        peer_config["DicomModalities"]["peer"]["Port"] = archive.port
        server = example("move_scp.py", config=peer_config)
        for number in (1, 2, 3):
            upload(server, "P", "1.2.3", "1.2.3.4", f"1.2.3.4.{number}")
        upload(server, "Q")

        def move(uid: str, target: str) -> tuple[int, Dataset]:
            return peers.move(server, study_query(StudyInstanceUID=uid), target, aet=PEER)

        status, counts = move("1.2.3", PEER)
        assert status == 0
        assert counts.NumberOfCompletedSuboperations == 3
        received = sorted(image.SOPInstanceUID for image in archive.received)
        assert received == ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"]
        server.wait_for_log("C-MOVE from PEER to PEER: 3 instances")
        server.wait_for_log("C-MOVE to peer: done")

        assert move("9.9", PEER)[0] == 0
        assert move("1.2.3", "STRANGER")[0] & 0xF000 in (0xA000, 0xC000)
        assert len(archive.received) == 3


def worklist(patient_name: str, modality: str) -> bytes:
    entry = dicom.image(PatientName=patient_name)
    for keyword in ("PixelData", "Rows", "Columns", "Modality", "BitsAllocated"):
        delattr(entry, keyword)
    step = Dataset()
    step.Modality = modality
    step.ScheduledStationAETitle = "SCANNER"
    entry.ScheduledProcedureStepSequence = [step]
    return dicom.encode(entry)


@pytest.mark.this_machine
def test_worklist_scp(example: Example, peer_config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "1.wl").write_bytes(worklist("Curie^Marie", "MR"))
    (tmp_path / "2.wl").write_bytes(worklist("Lovelace^Ada", "CT"))
    (tmp_path / "notes.txt").write_text("not a worklist", encoding="ascii")
    server = example("worklist_scp.py", config={**peer_config, "WorklistFolder": str(tmp_path)})

    query = Dataset()
    query.PatientName = ""
    step = Dataset()
    step.Modality = "MR"
    query.ScheduledProcedureStepSequence = [step]
    (answer,) = find(server, query, worklist=True)
    assert str(answer.PatientName) == "Curie^Marie"
    assert answer.ScheduledProcedureStepSequence[0].Modality == "MR"
    assert "StudyDate" not in answer
    server.wait_for_log("Worklist query from PEER: 1 answers")

    step.Modality = ""
    assert len(find(server, query, worklist=True)) == 2


@pytest.mark.parametrize("where", [None, pytest.param("sid", marks=pytest.mark.chroot)])
def test_worklist_sqlite(
    example: Example, peer_config: dict[str, Any], tmp_path: Path, where: str | None
) -> None:
    peer_config["StableAge"] = 1
    server = example("worklist_sqlite.py", debian=where, config=peer_config)
    person = ("P-1", "Müller^Jörg", None, "M")
    step = ("SCANNER", "20300102", "101500", 0)
    (path,) = server.directory.rglob("worklist.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO worklist VALUES ({','.join('?' * 12)})",
            [
                ("A-1", *person, "2.25.1", "Knee", "MR", *step),
                ("A-2", *person, "2.25.2", "Chest", "CT", *step),
            ],
        )

    query = Dataset()
    query.PatientName = query.AccessionNumber = query.StudyInstanceUID = ""
    wanted = Dataset()
    wanted.Modality = "MR"
    wanted.ScheduledProcedureStepStartDate = "20300101-20300103"
    query.ScheduledProcedureStepSequence = [wanted]
    (answer,) = find(server, query, worklist=True)
    assert (str(answer.PatientName), answer.AccessionNumber) == ("Müller^Jörg", "A-1")
    assert answer.StudyInstanceUID == "2.25.1"
    assert answer.ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate == "20300102"
    assert "RequestedProcedureDescription" not in answer

    wanted.Modality = ""
    assert len(find(server, query, worklist=True)) == 2
    upload(server, "P-1", AccessionNumber="A-1")
    server.wait_for_log("Study .+ closes the order A-1")
    assert [found.AccessionNumber for found in find(server, query, worklist=True)] == ["A-2"]


def commit(server: Orthanc, sop_class: str, sop_instance: str) -> dict[str, Any]:
    """The report of a storage commitment that Orthanc requests from itself."""
    answer = server.post(
        "/modalities/self/storage-commitment",
        json={"DicomInstances": [{"SOPClassUID": sop_class, "SOPInstanceUID": sop_instance}]},
    )
    assert answer.status_code == 200, answer.text
    report = f"/storage-commitment/{answer.json()['ID']}"

    def finished() -> dict[str, Any] | None:
        state: dict[str, Any] = server.get(report).json()
        return None if state["Status"] == "Pending" else state

    state = wait_for(finished, "the report of the storage commitment")
    assert state is not None
    return state


def test_storage_commitment(example: Example, peer_config: dict[str, Any]) -> None:
    port = free_port()
    peer_config["DicomModalities"]["self"]["Port"] = port
    config = {**peer_config, "MaximumStorageCacheSize": 0}
    server = example("storage_commitment.py", config=config, dicom_port=port)
    image = dicom.image()
    stored = server.upload(image)

    assert commit(server, image.SOPClassUID, image.SOPInstanceUID)["Status"] == "Success"
    server.wait_for_log(r"Storage commitment \S+ from ORTHANC: 1 instances")

    def reason(sop_class: str, sop_instance: str) -> int:
        report = commit(server, sop_class, sop_instance)
        assert report["Status"] == "Failure"
        (failure,) = report["Failures"]
        code: int = failure["FailureReason"]
        return code

    assert reason(image.SOPClassUID, generate_uid()) == 0x0112
    assert reason("1.2.840.10008.5.1.4.1.1.2", image.SOPInstanceUID) == 0x0119

    uuid = server.get(f"/instances/{stored['ID']}/attachments/dicom/info").json()["Uuid"]
    (file,) = (server.directory / "storage").rglob(uuid)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert reason(image.SOPClassUID, image.SOPInstanceUID) == 0x0110


def test_pynetdicom_scp(example: Example) -> None:
    server = example("pynetdicom_scp.py", config={"DicomServerEnabled": False})
    server.wait_for_log(f"pynetdicom listens on 127.0.0.1:{server.dicom_port}")
    image = dicom.image("NETWORK")
    assert server.store(image) == [0]
    (instance,) = server.get("/instances").json()
    tags = server.get(f"/instances/{instance}/simplified-tags").json()
    assert tags["SOPInstanceUID"] == image.SOPInstanceUID
    assert server.stop() == 0

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""C-FIND and modality worklists."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset

from tests.support import peers
from tests.support.servers import Servers, seen

ALLOW = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True}

COMMON = """
import json
import orthanc
from recorder import outcome, record, route

KEPT = []


def made(patient):
    tags = {'PatientID': patient, 'PatientName': 'Found^Grüße', 'QueryRetrieveLevel': 'STUDY'}
    tags['SpecificCharacterSet'] = 'ISO_IR 192'
    return orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)


@route('/kept')
def kept(output, uri, **request):
    answers, query = KEPT
    results = [outcome(answers.FindAddAnswer, b''), outcome(query.GetFindQuerySize)]
    output.AnswerBuffer(json.dumps(results), 'application/json')


def on_find(answers, query, *who):
    size = query.GetFindQuerySize()
    names = [query.GetFindQueryTagName(i) for i in range(size)]
    values = [query.GetFindQueryValue(i) for i in range(size)]
    numbers = [
        [query.GetFindQueryTagGroup(i), query.GetFindQueryTagElement(i)] for i in range(size)]
    tags = dict(zip(names, values))
    record('find', describe(*who), tags, dict(zip(names, numbers)))
    if tags['PatientID'] == 'RAISE':
        raise ValueError('find failed')
    if tags['PatientID'] == 'RANGE':
        record('range', [
            outcome(query.GetFindQueryTagName, size),
            outcome(query.GetFindQueryValue, size),
            outcome(query.GetFindQueryTagGroup, size),
            outcome(query.GetFindQueryTagElement, 1 << 40),
            outcome(query.GetFindQueryTagElement, -1),
        ])
    if tags['PatientID'] == 'GARBAGE':
        record('garbage', outcome(answers.FindAddAnswer, b'no DICOM'))
    for number in range(3):
        answers.FindAddAnswer(made(f'{tags["PatientID"]}-{number}'))
    if tags['PatientID'] == 'INCOMPLETE':
        answers.FindMarkIncomplete()
    KEPT[:] = [answers, query]
"""

VERSION_1 = (
    COMMON
    + """
def describe(issuer, called):
    return [issuer, called]


orthanc.RegisterFindCallback(on_find)
"""
)

VERSION_2 = (
    COMMON
    + """
def describe(connection):
    return [
        connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet(),
        connection.GetConnectionRemoteIp(),
    ]


orthanc.RegisterFindCallback2(on_find)
"""
)


def query(patient: str, **elements: Any) -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "STUDY"
    dataset.PatientID = patient
    dataset.PatientName = ""
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def test_find(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    status, answers = peers.find(server, query("P1", StudyDate="20200101-20201231"), aet="ASKER")
    assert status == 0
    assert [answer.PatientID for answer in answers] == ["P1-0", "P1-1", "P1-2"]
    assert str(answers[0].PatientName) == "Found^Grüße"
    [[kind, who, tags, numbers]] = seen(server)
    assert (kind, who) == ("find", ["ASKER", "ORTHANC"])
    assert tags["PatientID"] == "P1"
    assert tags["StudyDate"] == "20200101-20201231"
    assert numbers["PatientID"] == [0x0010, 0x0020]


@pytest.mark.chroot
def test_find_version_2(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW, debian="sid")
    status, answers = peers.find(server, query("P2"), aet="ASKER")
    assert (status, len(answers)) == (0, 3)
    assert seen(server)[0][1] == ["ASKER", "ORTHANC", "127.0.0.1"]


def test_an_incomplete_answer(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    status, answers = peers.find(server, query("INCOMPLETE"))
    assert (status, len(answers)) == (0xFE00, 3)


def test_an_exception_fails_the_query(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    status, answers = peers.find(server, query("RAISE"))
    assert status & 0xF000 == 0xC000  # Unable to process (PS3.4 C.4.1.1.4)
    assert answers == []
    server.wait_for_log("Error in the Python C-FIND SCP callback from the modality .*, traceback:")
    server.wait_for_log("ValueError: find failed")
    assert peers.find(server, query("AFTER"))[0] == 0


def test_an_index_out_of_range(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    peers.find(server, query("RANGE"))
    results = next(row[1] for row in seen(server) if row[0] == "range")
    kinds = [result[0] for result in results]
    assert kinds[:2] == ["OrthancException"] * 2
    assert kinds[2] == "ValueError"
    assert set(kinds[3:]) <= {"ValueError", "OverflowError"}


def test_an_answer_that_is_no_dicom(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    assert len(peers.find(server, query("GARBAGE"))[1]) == 3
    assert next(row[1][0] for row in seen(server) if row[0] == "garbage") == "OrthancException"


def test_kept_objects_are_invalid_after_the_callback(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    peers.find(server, query("P1"))
    assert [result[0] for result in server.get("/kept").json()] == ["ValueError"] * 2


@pytest.mark.chroot
def test_two_versions_exclude_each_other(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import outcome, record
        orthanc.RegisterFindCallback(print)
        record(*outcome(orthanc.RegisterFindCallback2, print))
        """,
        debian="sid",
    )
    assert seen(server)[0][0] in ("RuntimeError", "OrthancException")


WORKLIST = """
import json
import orthanc
from recorder import outcome, record, route

KEPT = []


@route('/kept')
def kept(output, uri, **request):
    answers, query = KEPT
    results = [outcome(answers.WorklistMarkIncomplete), outcome(query.WorklistGetDicomQuery)]
    output.AnswerBuffer(json.dumps(results), 'application/json')


def entry(patient, modality):
    step = {'Modality': modality, 'ScheduledStationAETitle': 'STATION'}
    tags = {'PatientID': patient, 'ScheduledProcedureStepSequence': [step]}
    return orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)


WORKLISTS = [('W1', 'CT'), ('W2', 'MR'), ('W3', 'CT')]


def on_worklist(answers, query, *who):
    dicom = query.WorklistGetDicomQuery()
    tags = json.loads(orthanc.DicomBufferToJson(
        dicom, orthanc.DicomToJsonFormat.HUMAN, orthanc.DicomToJsonFlags.NONE, 0))
    record(describe(*who), tags['PatientID'], type(dicom).__name__)
    if tags['PatientID'] == 'RAISE':
        raise ValueError('worklist failed')
    for worklist in WORKLISTS:
        dicom = entry(*worklist)
        if query.WorklistIsMatch(dicom):
            answers.WorklistAddAnswer(query, dicom)
    KEPT[:] = [answers, query]
"""

WORKLIST_1 = (
    WORKLIST
    + """
def describe(issuer, called):
    return [issuer, called]


orthanc.RegisterWorklistCallback(on_worklist)
"""
)

WORKLIST_2 = (
    WORKLIST
    + """
def describe(connection):
    return [
        connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet(),
        connection.GetConnectionRemoteIp(),
    ]


orthanc.RegisterWorklistCallback2(on_worklist)
record('second', outcome(orthanc.RegisterWorklistCallback, on_worklist)[0])
"""
)


def worklist_query(patient: str = "", modality: str = "") -> Dataset:
    step = Dataset()
    step.Modality = modality
    dataset = Dataset()
    dataset.PatientID = patient
    dataset.ScheduledProcedureStepSequence = [step]
    return dataset


@pytest.mark.parametrize(
    ("modality", "patients"), [("CT", ["W1", "W3"]), ("MR", ["W2"]), ("", ["W1", "W2", "W3"])]
)
def test_worklist(orthanc: Servers, modality: str, patients: list[str]) -> None:
    server = orthanc(WORKLIST_1, config=ALLOW)
    status, answers = peers.find(server, worklist_query("", modality), worklist=True, aet="ASKER")
    assert status == 0
    assert [answer.PatientID for answer in answers] == patients
    assert seen(server)[-1] == [["ASKER", "ORTHANC"], "", "bytes"]


def test_an_exception_fails_the_worklist_query(orthanc: Servers) -> None:
    server = orthanc(WORKLIST_1, config=ALLOW)
    status, answers = peers.find(server, worklist_query("RAISE"), worklist=True)
    assert status & 0xF000 == 0xC000
    assert answers == []
    server.wait_for_log(
        "Error in the Python C-FIND SCP for worklist callback from the modality .*, traceback:"
    )
    server.wait_for_log("ValueError: worklist failed")


def test_a_kept_worklist_is_invalid(orthanc: Servers) -> None:
    server = orthanc(WORKLIST_1, config=ALLOW)
    peers.find(server, worklist_query(), worklist=True)
    assert [result[0] for result in server.get("/kept").json()] == ["ValueError"] * 2


@pytest.mark.chroot
def test_worklist_version_2(orthanc: Servers) -> None:
    server = orthanc(WORKLIST_2, config=ALLOW, debian="sid")
    status, answers = peers.find(server, worklist_query(), worklist=True, aet="ASKER")
    assert (status, len(answers)) == (0, 3)
    assert seen(server)[-1][0] == ["ASKER", "ORTHANC", "127.0.0.1"]
    assert ["second", "RuntimeError"] in seen(server)

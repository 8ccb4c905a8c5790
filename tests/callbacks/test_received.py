# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks that decide on an instance before it is stored."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, seen

RECEIVED = """
import json
import orthanc
from recorder import record

ACTION = orthanc.ReceivedInstanceAction


def patient_of(dicom):
    text = orthanc.DicomBufferToJson(
        dicom, orthanc.DicomToJsonFormat.HUMAN, orthanc.DicomToJsonFlags.NONE, 0)
    return json.loads(text)['PatientID']


def modified(dicom):
    return dicom.replace(b'MODIFY', b'CHANGE')


ANSWERS = {
    'KEEP': lambda dicom: (ACTION.KEEP_AS_IS, None),
    'DISCARD': lambda dicom: (ACTION.DISCARD, None),
    'MODIFY': lambda dicom: (ACTION.MODIFY, modified(dicom)),
    'MODIFY BYTEARRAY': lambda dicom: (ACTION.MODIFY, bytearray(modified(dicom))),
    'MODIFY NONE': lambda dicom: (ACTION.MODIFY, None),
    'MODIFY EMPTY': lambda dicom: (ACTION.MODIFY, b''),
    'MODIFY TEXT': lambda dicom: (ACTION.MODIFY, 12),
    'ODD NONE': lambda dicom: None,
    'ODD INT': lambda dicom: ACTION.DISCARD,
    'ODD TRIPLE': lambda dicom: (ACTION.DISCARD, None, None),
    'ODD ACTION': lambda dicom: (99, None),
    'ODD TEXT': lambda dicom: ('discard', None),
    'RAISE': lambda dicom: 1 // 0,
}


def on_received(dicom, origin):
    patient = patient_of(dicom)
    record(patient, type(dicom).__name__, len(dicom), origin)
    return ANSWERS[patient](dicom)


orthanc.RegisterReceivedInstanceCallback(on_received)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(RECEIVED, config={"DicomAlwaysAllowStore": True})


def upload(server: Orthanc, path: Path) -> dict[str, str]:
    result: dict[str, str] = server.post("/instances", data=path.read_bytes()).json()
    return result


def test_keep(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    path = dicom_file("KEEP")
    answer = upload(server, path)
    assert answer["Status"] == "Success"
    assert server.get(f"/instances/{answer['ID']}/file").content == path.read_bytes()
    assert ["KEEP", "bytes", path.stat().st_size, 3] in seen(server)


def test_discard(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    answer = upload(server, dicom_file("DISCARD"))
    assert (answer["Status"], answer["ID"]) == ("FilteredOut", "")


@pytest.mark.parametrize("patient", ["MODIFY", "MODIFY BYTEARRAY"])
def test_modify(server: Orthanc, dicom_file: Callable[..., Path], patient: str) -> None:
    answer = upload(server, dicom_file(patient))
    assert answer["Status"] == "Success"
    stored = dcmread(io.BytesIO(server.get(f"/instances/{answer['ID']}/file").content))
    assert stored.PatientID == patient.replace("MODIFY", "CHANGE")


@pytest.mark.parametrize(
    "patient",
    [
        "MODIFY NONE",
        "MODIFY EMPTY",
        "MODIFY TEXT",
        "ODD NONE",
        "ODD INT",
        "ODD TRIPLE",
        "ODD ACTION",
        "ODD TEXT",
        "RAISE",
    ],
)
def test_quirk_17_a_wrong_answer_keeps_the_instance(
    server: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    """Whatever is wrong with the script, data that was received is not lost."""
    path = dicom_file(patient)
    answer = upload(server, path)
    assert answer["Status"] == "Success"
    assert server.get(f"/instances/{answer['ID']}/file").content == path.read_bytes()
    server.wait_for_log("Error in the Python received instance callback")


def test_an_exception_is_in_the_log(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    upload(server, dicom_file("RAISE"))
    server.wait_for_log("Error in the Python received instance callback, traceback:")
    server.wait_for_log("ZeroDivisionError: ")


def test_a_c_store(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    assert peers.store(server, dicom_file("KEEP"), dicom_file("DISCARD")) == [0, 0]
    rows = [row for row in seen(server) if row[3] == 2]
    assert [row[0] for row in rows] == ["KEEP", "DISCARD"]


FILTER = """
import json
import orthanc
from recorder import record

ANSWERS = {
    'OK': 0, 'FULL': 0xA700, 'CODE': 0x0122, 'TRUE': True, 'FALSE': False, 'LAST': 0xffff,
    'NEGATIVE': -1, 'LARGE': 0x10000, 'HUGE': 1 << 70, 'NONE': None, 'FLOAT': 0.0, 'TEXT': '0',
}


def on_c_store(instance):
    patient = json.loads(instance.GetInstanceSimplifiedJson())['PatientID']
    record(patient, instance.GetInstanceOrigin(), instance.GetInstanceRemoteAet())
    if patient == 'RAISE':
        raise ValueError('filter of instances')
    return ANSWERS[patient]


orthanc.RegisterIncomingCStoreInstanceFilter(on_c_store)
"""


@pytest.fixture(scope="module")
def filtered(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(FILTER, config={"DicomAlwaysAllowStore": True})


@pytest.mark.parametrize(
    ("patient", "status"),
    [
        ("OK", 0),
        ("FULL", 0xA700),
        ("CODE", 0x0122),
        ("LAST", 0xFFFF),
        ("FALSE", 0),  # as in release 7.1
    ],
)
def test_the_status_of_a_c_store(
    filtered: Orthanc, dicom_file: Callable[..., Path], patient: str, status: int
) -> None:
    path = dicom_file(patient)
    assert peers.store(filtered, path, aet="SENDER") == [status]
    assert [patient, 2, "SENDER"] in seen(filtered)
    found = filtered.post("/tools/lookup", data=str(dcmread(path).SOPInstanceUID)).json()
    assert bool(found) == (status == 0)


@pytest.mark.parametrize(
    "patient", ["NEGATIVE", "LARGE", "HUGE", "NONE", "FLOAT", "TEXT", "TRUE", "RAISE"]
)
def test_quirk_24_and_25_a_wrong_answer_rejects_the_instance(
    filtered: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    path = dicom_file(patient)
    assert peers.store(filtered, path) == [0xA700]
    assert filtered.post("/tools/lookup", data=str(dcmread(path).SOPInstanceUID)).json() == []
    filtered.wait_for_log("Error in the Python incoming-cstore-instance callback")


def test_uploads_through_rest_are_not_filtered(
    filtered: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    assert upload(filtered, dicom_file("FULL"))["Status"] == "Success"

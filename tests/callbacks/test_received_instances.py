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


def raises(error):
    raise error


ANSWERS = {
    'KEEP': lambda dicom: (ACTION.KEEP_AS_IS, None),
    'DISCARD': lambda dicom: (ACTION.DISCARD, None),
    'MODIFY': lambda dicom: (ACTION.MODIFY, modified(dicom)),
    'MODIFY BYTEARRAY': lambda dicom: (ACTION.MODIFY, bytearray(modified(dicom))),
    'MODIFY NONE': lambda dicom: (ACTION.MODIFY, None),
    'MODIFY EMPTY': lambda dicom: (ACTION.MODIFY, b''),
    'MODIFY INT': lambda dicom: (ACTION.MODIFY, 12),
    'MODIFY TEXT': lambda dicom: (ACTION.MODIFY, 'text'),
    'MODIFY OBJECT': lambda dicom: (ACTION.MODIFY, object()),
    'MODIFY NO DICOM': lambda dicom: (ACTION.MODIFY, b'no DICOM file'),
    'ODD NONE': lambda dicom: None,
    'ODD INT': lambda dicom: ACTION.KEEP_AS_IS,
    'ODD BOOL': lambda dicom: True,
    'ODD LIST': lambda dicom: [ACTION.KEEP_AS_IS, None],
    'ODD TRIPLE': lambda dicom: (ACTION.KEEP_AS_IS, None, None),
    'ODD EMPTY': lambda dicom: (),
    'ODD ACTION': lambda dicom: (99, None),
    'ODD ZERO': lambda dicom: (0, None),
    'ODD HUGE': lambda dicom: (ACTION.KEEP_AS_IS + (1 << 32), None),
    'ODD TEXT': lambda dicom: ('keep', None),
    'ODD TRUE': lambda dicom: (True, None),
    'RAISE': lambda dicom: 1 // 0,
    'RAISE ORTHANC': lambda dicom: raises(orthanc.OrthancException(17, 'text')),
    'RAISE EXIT': lambda dicom: raises(SystemExit(0)),
    'RAISE INTERRUPT': lambda dicom: raises(KeyboardInterrupt()),
    'RAISE BASE': lambda dicom: raises(BaseException()),
    'RAISE MEMORY': lambda dicom: raises(MemoryError()),
}


def on_received(dicom, origin):
    patient = patient_of(dicom)
    record(patient, type(dicom).__name__, len(dicom), origin)
    return ANSWERS[patient](dicom)


orthanc.RegisterReceivedInstanceCallback(on_received)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(RECEIVED, config={"DicomAlwaysAllowStore": True}, debian=where)


@pytest.fixture(scope="module")
def strict(module_orthanc: Servers, where: str | None) -> Orthanc:
    config = {"DicomAlwaysAllowStore": True, "Python": {"RefuseInstanceOnException": True}}
    return module_orthanc(RECEIVED, config=config, debian=where)


def upload(server: Orthanc, path: Path) -> dict[str, str]:
    result: dict[str, str] = server.post("/instances", data=path.read_bytes()).json()
    return result


def test_a_kept_instance_is_stored_unchanged(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    path = dicom_file("KEEP")
    answer = upload(server, path)
    assert answer["Status"] == "Success"
    assert server.get(f"/instances/{answer['ID']}/file").content == path.read_bytes()
    assert ["KEEP", "bytes", path.stat().st_size, 3] in seen(server)


def test_a_discarded_instance_is_not_stored(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    answer = upload(server, dicom_file("DISCARD"))
    assert (answer["Status"], answer["ID"]) == ("FilteredOut", "")


@pytest.mark.parametrize("patient", ["MODIFY", "MODIFY BYTEARRAY"])
def test_a_modified_instance_is_stored(
    server: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    answer = upload(server, dicom_file(patient))
    assert answer["Status"] == "Success"
    stored = dcmread(io.BytesIO(server.get(f"/instances/{answer['ID']}/file").content))
    assert stored.PatientID == patient.replace("MODIFY", "CHANGE")


MALFORMED = [
    "MODIFY NONE",
    "MODIFY EMPTY",
    "MODIFY INT",
    "MODIFY TEXT",
    "MODIFY OBJECT",
    "MODIFY NO DICOM",
    "ODD NONE",
    "ODD INT",
    "ODD BOOL",
    "ODD LIST",
    "ODD TRIPLE",
    "ODD EMPTY",
    "ODD ACTION",
    "ODD ZERO",
    "ODD HUGE",
    "ODD TEXT",
    "ODD TRUE",
]
NO_REASON_TO_KEEP = ["RAISE EXIT", "RAISE INTERRUPT", "RAISE BASE", "RAISE MEMORY"]


def assert_refused(server: Orthanc, path: Path) -> None:
    """Over each protocol the sender sees a failure, and Orthanc stores nothing of the file."""
    assert server.post("/instances", data=path.read_bytes()).status_code in (400, 500)
    assert peers.store(server, path) == [0xA700]
    uid = str(dcmread(path).SOPInstanceUID)
    assert server.post("/tools/lookup", data=uid).json() == []


@pytest.mark.parametrize("patient", MALFORMED)
def test_a_malformed_result_refuses_the_instance(
    server: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    assert_refused(server, dicom_file(patient))
    if patient != "MODIFY NO DICOM":  # Orthanc itself reports that one
        server.wait_for_log("Error in the Python received instance callback, traceback:")
        server.wait_for_log("The received instance is refused")


@pytest.mark.parametrize("patient", NO_REASON_TO_KEEP)
def test_an_exit_or_a_lack_of_memory_refuses_the_instance(
    server: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    assert_refused(server, dicom_file(patient))


def test_an_exception_keeps_the_instance_as_release_7_1_does(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    path = dicom_file("RAISE")
    answer = upload(server, path)
    assert answer["Status"] == "Success"
    assert server.get(f"/instances/{answer['ID']}/file").content == path.read_bytes()
    assert peers.store(server, dicom_file("RAISE")) == [0]


@pytest.mark.parametrize("patient", ["RAISE", "RAISE ORTHANC", "RAISE EXIT", "MODIFY NONE"])
def test_an_option_refuses_the_instance_after_an_exception(
    strict: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    assert_refused(strict, dicom_file(patient))


def test_the_option_lets_the_script_decide_otherwise(
    strict: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    assert upload(strict, dicom_file("KEEP"))["Status"] == "Success"
    assert upload(strict, dicom_file("MODIFY"))["Status"] == "Success"
    assert upload(strict, dicom_file("DISCARD"))["Status"] == "FilteredOut"


def test_an_exception_is_in_the_log(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    upload(server, dicom_file("RAISE"))
    server.wait_for_log("Error in the Python received instance callback, traceback:")
    server.wait_for_log("ZeroDivisionError: ")


def test_a_c_store(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    before = len(seen(server))
    assert peers.store(server, dicom_file("KEEP"), dicom_file("DISCARD")) == [0, 0]
    rows = [row for row in seen(server)[before:] if row[3] == 2]
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
def test_a_wrong_answer_rejects_the_instance(
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

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""C-MOVE: the three ways to register."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, seen

ALLOW = {
    "DicomAlwaysAllowMove": True,
    "DicomModalities": {"target": ["TARGET", "127.0.0.1", 104]},
}

DRIVER = """
import orthanc
from recorder import outcome, record


class Driver:
    def __init__(self, patient):
        self.patient = patient

    def __del__(self):
        record('destroyed', self.patient)


def get_move_size(driver):
    record('size', driver.patient)
    if driver.patient == 'RAISE SIZE':
        raise ValueError('size failed')
    return {'NONE': None, 'TEXT': '1', 'NEGATIVE': -1, 'HUGE': 1 << 40, 'ZERO': 0}.get(
        driver.patient, 3)


def apply_move(driver):
    record('apply', driver.patient)
    if driver.patient == 'RAISE APPLY':
        raise ValueError('apply failed')


def free_move(driver):
    record('free', driver.patient)
    if driver.patient == 'RAISE FREE':
        raise ValueError('free failed')
"""

VERSION_2 = (
    DRIVER
    + """
def create(**request):
    record('create', request)
    if request['PatientID'] == 'RAISE CREATE':
        raise ValueError('create failed')
    return Driver(request['PatientID'])


orthanc.RegisterMoveCallback2(create, get_move_size, apply_move, free_move)
record('second', outcome(
    orthanc.RegisterMoveCallback2, create, get_move_size, apply_move, free_move)[0])
"""
)

VERSION_3 = (
    DRIVER
    + """
def create(connection, **request):
    record('create', request, [
        connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet(),
        connection.GetConnectionRemoteIp(),
    ])
    driver = Driver(request['PatientID'])
    driver.connection = connection
    return driver


def apply_and_look(driver):
    record('kept connection', outcome(driver.connection.GetConnectionRemoteAet)[0])
    apply_move(driver)


orthanc.RegisterMoveCallback3(create, get_move_size, apply_and_look, free_move)
"""
)

VERSION_1 = """
import orthanc
from recorder import record


def on_move(**request):
    record('move', request)
    if request['PatientID'] == 'RAISE':
        raise ValueError('move failed')


orthanc.RegisterMoveCallback(on_move)
"""


def move(server: Orthanc, patient: str, **elements: Any) -> tuple[int, Dataset]:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientID = patient
    query.StudyInstanceUID = "1.2.3"
    for keyword, value in elements.items():
        setattr(query, keyword, value)
    return peers.move(server, query, "TARGET", aet="MOVER")


def steps(server: Orthanc) -> list[str]:
    kinds = ("create", "size", "apply", "free", "destroyed")
    return [row[0] for row in seen(server) if row[0] in kinds]


EXPECTED = {
    "Level": "STUDY",
    "PatientID": "P1",
    "AccessionNumber": "A9",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "",
    "SOPInstanceUID": "",
    "TargetAET": "TARGET",
}


def test_version_1_receives_the_request(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    status, _ = move(server, "P1", AccessionNumber="A9")
    assert status == 0
    [[kind, request]] = seen(server)
    assert kind == "move"
    assert isinstance(request.pop("OriginatorID"), int)
    assert request == {**EXPECTED, "OriginatorAET": "MOVER", "SourceAET": "ORTHANC"}


@pytest.mark.parametrize("level", ["PATIENT", "STUDY", "SERIES", "IMAGE"])
def test_each_level_has_its_name(orthanc: Servers, level: str) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    move(server, "P1", QueryRetrieveLevel=level)
    assert seen(server)[0][1]["Level"] == {"IMAGE": "INSTANCE"}.get(level, level)


def without_level(server: Orthanc) -> int:
    query = Dataset()
    query.PatientID = "P1"
    return peers.move(server, query, "TARGET", aet="MOVER")[0]


@pytest.mark.parametrize("script", [VERSION_1, VERSION_2], ids=["1", "2"])
def test_a_request_without_a_level_reaches_the_script(orthanc: Servers, script: str) -> None:
    server = orthanc(script, config=ALLOW)
    assert without_level(server) == 0
    request = seen(server)[0][1] if script == VERSION_1 else created(server)
    assert (request["Level"], request["StudyInstanceUID"]) == ("", "")


@pytest.mark.chroot
def test_a_request_without_a_level_reaches_version_3(orthanc: Servers) -> None:
    server = orthanc(VERSION_3, config=ALLOW, debian="sid")
    assert without_level(server) == 0
    assert created(server)["Level"] == ""


def created(server: Orthanc) -> dict[str, Any]:
    request: dict[str, Any] = next(row[1] for row in seen(server) if row[0] == "create")
    return request


def test_an_exception_in_version_1_fails_the_request(orthanc: Servers) -> None:
    server = orthanc(VERSION_1, config=ALLOW)
    status, _ = move(server, "RAISE")
    assert status != 0
    server.wait_for_log(
        r"Error in the Python C-MOVE SCP callback \(v1\) from the modality .*, traceback:"
    )
    server.wait_for_log("ValueError: move failed")
    assert move(server, "P1")[0] == 0


def test_version_2_makes_the_steps_in_their_order(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW)
    status, last = move(server, "P1", AccessionNumber="A9")
    assert status == 0
    assert last.NumberOfCompletedSuboperations == 3
    assert steps(server) == ["create", "size", "apply", "apply", "apply", "free", "destroyed"]
    request = next(row[1] for row in seen(server) if row[0] == "create")
    request.pop("OriginatorID")
    assert request == {**EXPECTED, "OriginatorAET": "MOVER", "SourceAET": "ORTHANC"}
    assert ["second", "RuntimeError"] in seen(server)


def test_no_sub_operation(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW)
    assert move(server, "ZERO")[0] == 0
    assert steps(server) == ["create", "size", "free", "destroyed"]


def test_an_exception_in_create(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW)
    status, _ = move(server, "RAISE CREATE")
    assert status & 0xF000 in (0xC000, 0xA000)
    assert steps(server) == ["create"]
    server.wait_for_log("ValueError: create failed")


@pytest.mark.parametrize("patient", ["RAISE SIZE", "NONE", "TEXT", "NEGATIVE", "HUGE"])
def test_a_failure_of_get_move_size_does_not_hang(orthanc: Servers, patient: str) -> None:
    """The SDK has no error code for the size; the C-MOVE must fail nevertheless."""
    server = orthanc(VERSION_2, config=ALLOW)
    status, _ = move(server, patient)
    assert status != 0
    assert steps(server)[:2] == ["create", "size"]
    assert steps(server)[-2:] == ["free", "destroyed"]
    server.wait_for_log(
        r"Error in the Python C-MOVE SCP callback \(GetMoveSize\) from the modality .*, traceback:"
    )
    assert move(server, "P1")[0] == 0


def test_an_exception_in_apply_keeps_nothing_alive(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW)
    status, _ = move(server, "RAISE APPLY")
    assert status != 0
    assert steps(server)[-2:] == ["free", "destroyed"]
    server.wait_for_log(
        r"Error in the Python C-MOVE SCP callback \(Apply\) from the modality .*, traceback:"
    )
    server.wait_for_log("ValueError: apply failed")


def test_an_exception_in_free(orthanc: Servers) -> None:
    server = orthanc(VERSION_2, config=ALLOW)
    assert move(server, "RAISE FREE")[0] == 0
    assert steps(server)[-2:] == ["free", "destroyed"]
    server.wait_for_log("ValueError: free failed")


@pytest.mark.chroot
def test_version_3_receives_the_connection(orthanc: Servers) -> None:
    server = orthanc(VERSION_3, config=ALLOW, debian="sid")
    status, _ = move(server, "P1", AccessionNumber="A9")
    assert status == 0
    assert steps(server) == ["create", "size", "apply", "apply", "apply", "free", "destroyed"]
    _, request, connection = next(row for row in seen(server) if row[0] == "create")
    request.pop("OriginatorID")
    assert request == EXPECTED
    assert connection == ["MOVER", "ORTHANC", "127.0.0.1"]


@pytest.mark.chroot
def test_a_kept_connection_is_invalid(orthanc: Servers) -> None:
    server = orthanc(VERSION_3, config=ALLOW, debian="sid")
    move(server, "P1")
    assert ["kept connection", "ValueError"] in seen(server)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The filter of incoming DICOM instances of each origin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.peers import store
from tests.support.servers import Servers, seen

DICOM_PROTOCOL, REST_API = 2, 3  # orthanc.InstanceOrigin

SCRIPT = """
import json
import orthanc
from recorder import answer, outcome, record, route

KEPT = []


class Pretends:
    __class__ = bool


def keep(instance):
    patient = json.loads(instance.GetInstanceSimplifiedJson())['PatientID']
    record(patient, instance.GetInstanceOrigin())
    KEPT.append(instance)
    if patient == 'raise':
        raise ValueError('on purpose')
    if patient == 'ask':
        return len(orthanc.RestApiGet('/patients')) > 0
    return {'no': False, 'none': None, 'one': 1, 'mock': Pretends()}.get(patient, True)


orthanc.RegisterIncomingDicomInstanceFilter(keep)


@route('/later')
def later(output, uri, **request):
    answer(output, [outcome(KEPT[0].GetInstanceSize),
                    outcome(orthanc.RegisterIncomingDicomInstanceFilter, keep)])
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


def upload(server: Orthanc, dicom_file: Callable[..., Path], patient: str) -> tuple[int, str]:
    answer = server.post("/instances", dicom_file(PatientID=patient).read_bytes())
    return answer.status_code, answer.json().get("Status", "")


def patients(server: Orthanc) -> set[str]:
    found = server.get("/patients?expand").json()
    return {patient["MainDicomTags"]["PatientID"] for patient in found}


def test_each_result_stores_or_discards(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    assert upload(server, dicom_file, "yes") == (200, "Success")
    assert upload(server, dicom_file, "no") == (200, "FilteredOut")
    assert upload(server, dicom_file, "ask") == (200, "Success")
    assert {"yes", "ask"} <= patients(server)
    assert "no" not in patients(server)
    assert ["yes", REST_API] in seen(server)


@pytest.mark.parametrize("patient", ["none", "one", "mock", "raise"])
def test_every_failure_stores_nothing(
    server: Orthanc, dicom_file: Callable[..., Path], patient: str
) -> None:
    assert upload(server, dicom_file, patient)[0] == 500
    assert patient not in patients(server)
    server.wait_for_log("Error in the Python incoming-instance filter.*, traceback:")
    if patient == "raise":
        server.wait_for_log("ValueError: on purpose")
    else:
        server.wait_for_log(r"must return True \(store\) or False \(discard\), not")


def test_dicom_senders_are_filtered_too(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    store(server, dicom_file(PatientID="yes-too"))
    store(server, dicom_file(PatientID="no"))
    assert "yes-too" in patients(server)
    assert "no" not in patients(server)
    assert ["yes-too", DICOM_PROTOCOL] in seen(server)


def test_kept_instances_are_refused_and_a_second_filter_is_accepted(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    upload(server, dicom_file, "yes")
    expired, again = server.get("/later").json()
    assert expired[0] == "ValueError"
    assert again[0] == "returned"

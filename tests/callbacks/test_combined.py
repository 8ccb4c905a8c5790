# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several callbacks of one kind, and registrations by decorators."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, reset, seen, wait_for

SCRIPT = """
import json
import orthanc
from recorder import answer, outcome, record, route

ACTION = orthanc.ReceivedInstanceAction


@orthanc.RegisterOnChangeCallback
def first(change_type, level, resource):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        record('first')
        raise ValueError('first failed')


@orthanc.RegisterOnChangeCallback
def second(change_type, level, resource):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        record('second')


for number in 1, 2:
    orthanc.RegisterOnStoredInstanceCallback(
        lambda dicom, identifier, n=number: record('stored', n, dicom.GetInstanceSize() > 0))
    orthanc.RegisterIncomingHttpRequestFilter(
        lambda uri, n=number, **request: f'denied{n}' not in uri and (f'odd{n}' not in uri or None))
    orthanc.RegisterIncomingDicomInstanceFilter(
        lambda dicom, n=number: f'DENIED {n}' not in dicom.GetInstanceSimplifiedJson())
    orthanc.RegisterWorklistCallback(
        lambda answers, query, issuer, called, n=number: answers.WorklistAddAnswer(
            query, orthanc.CreateDicom(
                json.dumps({'PatientID': f'W{n}'}), None, orthanc.CreateDicomFlags.NONE)))
    orthanc.RegisterIncomingCStoreInstanceFilter(
        lambda dicom, n=number:
            0xA700 + n if f'CSTORE {n}' in dicom.GetInstanceSimplifiedJson() else 0)
    orthanc.RegisterReceivedInstanceCallback(
        lambda dicom, origin, n=number:
            (ACTION.MODIFY, dicom.replace(f'CHAIN{n}'.encode(), f'CHAIN{n + 1}'.encode())))


@orthanc.RegisterRestCallback('/decorated')
def decorated(output, uri, **request):
    answer(output, [decorated.__name__, first.__name__])


SINGLE = {  # the number of callbacks of each kind that can have only one
    'RegisterFindCallback': 1,
    'RegisterMoveCallback': 1,
    'RegisterStorageCommitmentScpCallback': 2,
    'RegisterDecodeImageCallback': 1,
    'RegisterTranscoderCallback': 1,
}


@orthanc.RegisterChunkedRestCallback('/uploaded')
def uploaded(output, uri, **request):
    answer(output, None)


NO_DECORATORS = {
    # They take several callbacks
    'RegisterMoveCallback2',
    'RegisterMoveCallback3',
    'RegisterStorageArea',
    'RegisterStorageArea2',
    'RegisterStorageArea3',
    'RegisterStorageCommitmentScpCallback',
    'RegisterStorageCommitmentScpCallback2',
    # They take none
    'RegisterDictionaryTag',
    'RegisterErrorCode',
    'RegisterPrivateDictionaryTag',
    'RegisterWebDavCollection',
}


@route('/single/(.*)')
def single(output, uri, groups, **request):
    register = getattr(orthanc, groups[0])
    callbacks = [print] * SINGLE[groups[0]]
    register(*callbacks)
    answer(output, [outcome(register, *callbacks), outcome(register, *callbacks)])


@route('/decorators')
def decorators(output, uri, **request):
    found = {}
    for name in dir(orthanc):
        if name.startswith('Register') and name not in NO_DECORATORS:
            if name in ('RegisterRestCallback', 'RegisterChunkedRestCallback'):
                continue
            register = getattr(orthanc, name)
            try:
                found[name] = register(print) is print
            except RuntimeError as error:
                found[name] = 'Can only register one' in str(error)
    found['RegisterRestCallback'] = decorated.__name__ == 'decorated'
    found['RegisterChunkedRestCallback'] = uploaded.__name__ == 'uploaded'
    answer(output, found)


@route('/wrong')
def wrong(output, uri, **request):
    answer(output, [
        outcome(orthanc.RegisterOnChangeCallback),
        outcome(orthanc.RegisterOnChangeCallback, None),
        outcome(orthanc.RegisterRestCallback),
        outcome(orthanc.RegisterRestCallback, callback=print),
        outcome(orthanc.RegisterRestCallback, uri='/x'),
        outcome(orthanc.RegisterRestCallback('/x'), 3),
        outcome(orthanc.RegisterRestCallback, '/x', print),
        outcome(orthanc.RegisterRestCallback(path_regular_expression='/x'), print),
    ])
"""
CONFIG = {"DicomAlwaysAllowStore": True, "DicomAlwaysAllowFindWorklist": True}
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, config=CONFIG, debian=where)


def upload(server: Orthanc, path: Path) -> dict[str, str]:
    result: dict[str, str] = server.post("/instances", data=path.read_bytes()).json()
    return result


def test_all_callbacks_get_changes_and_stored_instances(server: Orthanc, dicom_file: Write) -> None:
    assert upload(server, dicom_file("EVENTS"))["Status"] == "Success"
    wait_for(lambda: ["second"] in seen(server), "the second callback")
    rows = seen(server)
    assert rows.index(["stored", 1, True]) < rows.index(["stored", 2, True])
    assert rows.index(["first"]) < rows.index(["second"])
    server.wait_for_log("Error in the Python on-change callback for .*, traceback:")
    server.wait_for_log("ValueError: first failed")


@pytest.mark.parametrize("number", [1, 2])
def test_each_filter_can_refuse(server: Orthanc, dicom_file: Write, number: int) -> None:
    assert server.get("/decorated?allowed").status_code == 200
    assert server.get(f"/decorated/denied{number}").status_code == 403
    assert server.get(f"/decorated/odd{number}").status_code != 200
    assert upload(server, dicom_file(f"DENIED {number}"))["Status"] == "FilteredOut"


@pytest.mark.parametrize("number", [1, 2])
def test_each_cstore_filter_can_refuse(server: Orthanc, dicom_file: Write, number: int) -> None:
    assert peers.store(server, dicom_file(f"CSTORE {number}")) == [0xA700 + number]


def test_received_instances_pass_all_callbacks(server: Orthanc, dicom_file: Write) -> None:
    identifier = upload(server, dicom_file("CHAIN1"))["ID"]
    stored = dcmread(io.BytesIO(server.get(f"/instances/{identifier}/file").content))
    assert stored.PatientID == "CHAIN3"


def test_worklists_add_up(server: Orthanc) -> None:
    query = Dataset()
    query.PatientID = ""
    status, answers = peers.find(server, query, worklist=True)
    assert status == 0
    assert [answer.PatientID for answer in answers] == ["W1", "W2"]


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("RegisterFindCallback", "callback to handle C-FIND requests"),
        ("RegisterMoveCallback", "callback to handle C-MOVE requests"),
        ("RegisterStorageCommitmentScpCallback", "callback to handle storage commitment requests"),
        ("RegisterDecodeImageCallback", "callback to decode images"),
        ("RegisterTranscoderCallback", "callback to transcode DICOM instances"),
    ],
)
def test_the_place_of_the_first_callback_is_named(
    server: Orthanc, function: str, kind: str
) -> None:
    """Storage areas and authentication have tests in their own files."""
    line = SCRIPT.splitlines().index("    register(*callbacks)") + 1
    for error, text, _ in server.get(f"/single/{function}").json():
        assert error == "RuntimeError"
        assert text.startswith(f"Can only register one {kind}: the first")
        assert text.endswith(f"script.py:{line}")


def test_decorators_return_the_function(server: Orthanc) -> None:
    assert server.get("/decorated").json() == ["decorated", "first"]


def test_each_registration_of_one_callback_is_a_decorator(
    orthanc: Servers, where: str | None
) -> None:
    found = orthanc(SCRIPT, config=CONFIG, debian=where).get("/decorators").json()
    assert len(found) >= (19 if where == "sid" else 14)
    assert [name for name, works in found.items() if not works] == []


def test_wrong_arguments_of_registrations(server: Orthanc) -> None:
    rows = server.get("/wrong").json()
    assert [row[0] for row in rows] == ["TypeError"] * 6 + ["returned"] * 2
    assert "missing required argument 'callback'" in rows[0][1]
    assert "missing required argument 'path_regular_expression'" in rows[2][1]
    assert "unexpected keyword argument 'uri'" in rows[4][1]
    assert "argument 'callback' must be callable, not int" in rows[5][1]
    assert rows[6][1] == rows[7][1] == "<built-in function print>"


def test_a_reset_forgets_all_callbacks(orthanc: Servers, dicom_file: Write) -> None:
    server = orthanc(SCRIPT, config=CONFIG)
    reset(server)
    assert upload(server, dicom_file("EVENTS"))["Status"] == "Success"
    wait_for(lambda: ["second"] in seen(server), "the second callback")
    assert len([row for row in seen(server) if row[0] == "stored"]) == 2

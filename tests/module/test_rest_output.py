# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adopting DICOM files of a storage area, and parts of multipart answers with headers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen, wait_for

ADOPT = """
import json
import os
import orthanc
from recorder import answer, outcome, record, route

FOLDER = json.loads(orthanc.GetConfiguration())['StorageDirectory'] + '/area'
os.makedirs(FOLDER, exist_ok=True)
SUCCESS = orthanc.ErrorCode.SUCCESS


def create(uuid, kind, compression, content, instance):
    record('create', kind)
    with open(os.path.join(FOLDER, uuid), 'wb') as file:
        file.write(content)
    return SUCCESS, uuid.encode()


def read(uuid, kind, start, size, custom):
    record('read', custom.decode())
    with open(os.path.join(FOLDER, custom.decode()), 'rb') as file:
        file.seek(start)
        return SUCCESS, file.read(size)


def remove(uuid, kind, custom):
    record('remove', custom.decode())
    return SUCCESS


orthanc.RegisterStorageArea3(create, read, remove)


@route('/adopt/(.+)')
def adopt(output, uri, groups, body, **request):
    with open(os.path.join(FOLDER, groups[0]), 'wb') as file:
        file.write(body)
    answer(output, orthanc.AdoptDicomInstance(body, groups[0]))


@route('/custom/(.+)')
def custom(output, uri, groups, **request):
    before = orthanc.GetAttachmentCustomData(groups[0])
    orthanc.SetAttachmentCustomData(groups[0], 'moved.dcm')
    answer(output, [before.decode(), orthanc.GetAttachmentCustomData(groups[0]).decode(),
                    outcome(orthanc.GetAttachmentCustomData, 'nothing')[0]])


@route('/wrong')
def wrong(output, uri, **request):
    answer(output, [outcome(orthanc.AdoptDicomInstance, b'no DICOM'),
                    outcome(orthanc.AdoptDicomInstance, 3),
                    outcome(orthanc.AdoptDicomInstance, b'', custom_data=3)])
"""


@pytest.mark.chroot
def test_an_adopted_file_is_not_copied(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(ADOPT, debian="sid", config={"MaximumStorageCacheSize": 0})
    content = dicom_file().read_bytes()
    instance, uuid, status = server.post("/adopt/mine.dcm", content).json()
    assert status == 0
    assert server.get(f"/instances/{instance}/file").content == content
    info = server.get(f"/instances/{instance}/attachments/dicom/info").json()
    assert info["Uuid"] == uuid
    rows = seen(server)
    assert ["create", 1] not in rows  # a DICOM file, adopted without a copy
    assert ["read", "mine.dcm"] in rows
    again, _, status = server.post("/adopt/mine.dcm", content).json()
    assert (again, status) == (instance, 1)
    assert server.delete(f"/instances/{instance}").status_code == 200
    assert ["remove", "mine.dcm"] in seen(server)


@pytest.mark.chroot
def test_custom_data_of_an_attachment(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(ADOPT, debian="sid", config={"MaximumStorageCacheSize": 0})
    content = dicom_file().read_bytes()
    instance, uuid, _ = server.post("/adopt/mine.dcm", content).json()
    told = server.get(f"/custom/{uuid}").json()
    assert told == ["mine.dcm", "moved.dcm", "OrthancException"]
    assert server.get(f"/instances/{instance}/file").status_code == 500  # the file does not exist
    assert ["read", "moved.dcm"] in seen(server)


@pytest.mark.chroot
def test_wrong_files_are_not_adopted(orthanc: Servers) -> None:
    server = orthanc(ADOPT, debian="sid")
    no_dicom, number, custom = server.get("/wrong").json()
    assert no_dicom[0] == "OrthancException"
    assert "argument 'dicom' must be bytes" in number[1]
    assert "argument 'custom_data' must be bytes" in custom[1]


MULTIPART = """
import orthanc
from recorder import outcome, route


@route('/parts')
def parts(output, uri, **request):
    output.StartMultipartAnswer('related', 'application/dicom')
    output.SendMultipartItem2(b'one', {'Content-Location': '/1', 'X-Number': '1'})
    output.SendMultipartItem2('two')
    problems = [outcome(output.SendMultipartItem2, b'', {'a\\r\\nb': 'c'}),
                outcome(output.SendMultipartItem2, b'', {1: 'c'}),
                outcome(output.SendMultipartItem2, 3, {})]
    output.SendMultipartItem2(repr([problem[0] for problem in problems]), {})
"""


INTERRUPTED = """
import orthanc
from recorder import record, route


@route('/endless')
def endless(output, uri, **request):
    output.StartMultipartAnswer('mixed', 'text/plain')
    try:
        while True:
            output.SendMultipartItem2(bytes(1_000_000), {'X-A': 'b'})
    except orthanc.OrthancException as error:
        record('gone', error.args[0])
        raise


@route('/breaks')
def breaks(output, uri, **request):
    output.StartMultipartAnswer('mixed', 'text/plain')
    output.SendMultipartItem(b'first')
    raise ValueError('in the middle')


@route('/begins')
def begins(output, uri, **request):
    output.StartMultipartAnswer('mixed', 'text/plain')
    output.AnswerBuffer('another answer', 'text/plain')
"""


@pytest.fixture(scope="module")
def interrupted(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(INTERRUPTED, debian=where)


def test_a_client_that_leaves_ends_a_multipart_answer(interrupted: Orthanc) -> None:
    with interrupted.get("/endless", stream=True) as answer:
        assert next(answer.iter_content(1000))
    wait_for(lambda: [row for row in seen(interrupted) if row[0] == "gone"], "an exception")


def test_an_exception_between_two_parts(interrupted: Orthanc) -> None:
    assert interrupted.get("/breaks").status_code == 500  # nothing was sent yet
    interrupted.wait_for_log("ValueError: in the middle")


def test_two_kinds_of_answers(interrupted: Orthanc) -> None:
    with contextlib.suppress(requests.RequestException):
        assert b"another" not in interrupted.get("/begins").content
    interrupted.wait_for_log("orthanc.OrthancException: ")
    assert interrupted.get("/system").status_code == 200


def test_parts_with_headers(orthanc: Servers, where: str | None) -> None:
    answer = orthanc(MULTIPART, debian=where).get("/parts")
    assert answer.status_code == 200
    header = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(header + answer.content)
    parts = [part for part in message.walk() if not part.is_multipart()]
    contents = [part.get_payload(decode=True) for part in parts]
    assert contents == [b"one", b"two", b"['ValueError', 'TypeError', 'TypeError']"]
    assert (parts[0]["Content-Location"], parts[0]["X-Number"]) == ("/1", "1")
    assert parts[0]["Content-Type"] == "application/dicom"

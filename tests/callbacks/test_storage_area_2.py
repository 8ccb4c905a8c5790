# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The second version of storage areas: ranges, without custom data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

SCRIPT = """
import json
import os
import orthanc
from recorder import outcome, record, route

FOLDER = json.loads(orthanc.GetConfiguration())['StorageDirectory'] + '/area'
os.makedirs(FOLDER, exist_ok=True)
FAIL = set()


def place(uuid, kind):
    return os.path.join(FOLDER, f'{uuid}-{kind}')


def create(uuid, kind, data):
    if 'create' in FAIL:
        raise ValueError('create failed')
    record('create', kind, len(data))
    with open(place(uuid, kind), 'wb') as file:
        file.write(data)


def read_whole(uuid, kind):
    record('whole', kind)
    if 'read' in FAIL:
        raise ValueError('read failed')
    if 'read none' in FAIL:
        return None
    with open(place(uuid, kind), 'rb') as file:
        return file.read()


def read_range(uuid, kind, start, size):
    record('range', kind, start, size)
    if 'read' in FAIL:
        raise ValueError('read failed')
    if 'read none' in FAIL:
        return None
    if 'read short' in FAIL:
        return b'x'
    with open(place(uuid, kind), 'rb') as file:
        file.seek(start)
        return memoryview(file.read(size))


def remove(uuid, kind):
    record('remove', kind)
    os.remove(place(uuid, kind))


orthanc.RegisterStorageArea2(create, read_whole, read_range, remove)
record('second', *outcome(orthanc.RegisterStorageArea2, create, read_whole, read_range, remove))
record('wrong', *outcome(orthanc.RegisterStorageArea2, create, read_whole, None, remove))


@route('/fail/(.+)')
def fail(output, uri, groups, **request):
    FAIL.clear()
    FAIL.add(groups[0])
    output.AnswerBuffer('', 'text/plain')
"""


@pytest.fixture(
    scope="module",
    params=[None, pytest.param("sid", marks=pytest.mark.suites)],
    ids=["here", "sid"],
)
def server(module_orthanc: Servers, request: pytest.FixtureRequest) -> Orthanc:
    config = {"MaximumStorageCacheSize": 0, "StorageCompression": False}
    return module_orthanc(SCRIPT, suite=request.param, config=config)


def fail(server: Orthanc, what: str) -> None:
    assert server.get(f"/fail/{what}").status_code == 200


def upload(server: Orthanc, path: Path) -> str:
    answer = server.post("/instances", path.read_bytes())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def test_life_of_a_file(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    path = dicom_file("P1")
    instance = upload(server, path)
    assert ["create", 1, path.stat().st_size] in seen(server)
    assert server.get(f"/instances/{instance}/file").content == path.read_bytes()
    assert server.get(f"/instances/{instance}/simplified-tags").json()["PatientID"] == "P1"
    kinds = {row[0] for row in seen(server)}
    assert kinds & {"whole", "range"}  # newer Orthancs read a whole file as a range
    size = path.stat().st_size
    assert all(row[2] + row[3] <= size for row in seen(server) if row[0] == "range")
    assert server.delete(f"/instances/{instance}").status_code == 200
    assert ["remove", 1] in seen(server)


def test_ranges(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    path = dicom_file("P2")
    instance = upload(server, path)
    answer = server.get(
        f"/instances/{instance}/attachments/dicom/data", headers={"Range": "bytes=10-19"}
    )
    if answer.status_code == 206:  # newer Orthancs
        assert answer.content == path.read_bytes()[10:20]
        assert ["range", 1, 10, 10] in seen(server)
        fail(server, "read short")
        again = server.get(
            f"/instances/{instance}/attachments/dicom/data", headers={"Range": "bytes=10-19"}
        )
        assert again.status_code == 500
        server.wait_for_log("ValueError: The storage area has read 1 bytes instead of 10")
    fail(server, "nothing")
    server.delete(f"/instances/{instance}")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("read", "ValueError: read failed"),
        ("read none", "TypeError: The content of an attachment must be bytes, not NoneType"),
    ],
)
def test_read_that_fails(
    server: Orthanc, dicom_file: Callable[..., Path], what: str, text: str
) -> None:
    instance = upload(server, dicom_file())
    fail(server, what)
    assert server.get(f"/instances/{instance}/file").status_code == 500
    server.wait_for_log(text)
    fail(server, "nothing")
    assert server.get(f"/instances/{instance}/file").status_code == 200


def test_create_that_fails(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    fail(server, "create")
    assert server.post("/instances", dicom_file().read_bytes()).status_code == 500
    server.wait_for_log("ValueError: create failed")
    fail(server, "nothing")


def test_registration(server: Orthanc) -> None:
    rows = {row[0]: row[1:3] for row in seen(server) if row[0] in ("second", "wrong")}
    assert rows["second"] == ["RuntimeError", "Can only register one custom storage area"]
    assert rows["wrong"][0] == "TypeError"

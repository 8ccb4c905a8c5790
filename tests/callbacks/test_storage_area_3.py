# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The third version of storage areas: custom data, ranges, and the stored DICOM instance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

from .storage_script import COMMON, CONFIG, fail, files, upload

pytestmark = pytest.mark.chroot

SCRIPT = (
    COMMON
    + """
CODE = orthanc.ErrorCode
KEPT = []


def create(uuid, kind, compression, data, instance):
    about = outcome(instance.GetInstanceSize) if instance else None
    record('create', kind, compression, type(data).__name__, len(data), about)
    KEPT.append(instance)
    if 'create' in FAIL:
        raise ValueError('create failed')
    if 'create full' in FAIL:
        return CODE.FULL_STORAGE, None
    if 'create list' in FAIL:
        return [CODE.SUCCESS, None]
    if 'create false' in FAIL:
        return False, None
    if 'create large' in FAIL:
        return CODE.SUCCESS + (1 << 32), None
    with open(place(uuid, kind), 'wb') as file:
        file.write(data)
    if 'create empty' in FAIL:
        return CODE.SUCCESS, b''
    if 'create none' in FAIL:
        return CODE.SUCCESS, None
    return CODE.SUCCESS, b'custom\\x00' + uuid.encode()


def read_range(uuid, kind, start, size, custom):
    record('read', kind, start, size, custom.decode('latin-1'))
    if 'read' in FAIL:
        raise ValueError('read failed')
    if 'read missing' in FAIL:
        return CODE.UNKNOWN_RESOURCE, None
    if 'read short' in FAIL:
        return CODE.SUCCESS, b'x'
    if 'read long' in FAIL:
        return CODE.SUCCESS, b'x' * (size + 1)
    with open(place(uuid, kind), 'rb') as file:
        file.seek(start)
        return CODE.SUCCESS, file.read(size)


def remove(uuid, kind, custom):
    record('remove', kind, custom.decode('latin-1'))
    os.remove(place(uuid, kind))
    if 'remove none' in FAIL:
        return None
    return CODE.SUCCESS


orthanc.RegisterStorageArea3(create, read_range, remove)
record('second', *outcome(orthanc.RegisterStorageArea3, create, read_range, remove))
record('other', *outcome(orthanc.RegisterStorageArea, print, print, print))


@route('/kept')
def kept(output, uri, **request):
    output.AnswerBuffer(outcome(KEPT[-1].GetInstanceSize)[0], 'text/plain')
"""
)

Start = Callable[[], Orthanc]


@pytest.fixture
def start(orthanc: Servers) -> Start:
    return lambda: orthanc(SCRIPT, debian="sid", config=CONFIG)


def test_write_read_and_remove(start: Start, dicom_file: Callable[..., Path]) -> None:
    server = start()
    path = dicom_file("P3")
    size = path.stat().st_size
    identifier = upload(server, path)
    create = next(r for r in seen(server) if r[0] == "create" and r[1] == 1)
    assert create == ["create", 1, 4, "bytes", size, ["returned", size]]
    assert server.get(f"/instances/{identifier}/file").content == path.read_bytes()
    assert server.get(f"/file/{identifier}").content == path.read_bytes()
    read = next(row for row in seen(server) if row[0] == "read")
    assert read[:4] == ["read", 1, 0, size]
    assert read[4].startswith("custom\0")
    server.delete(f"/instances/{identifier}")
    assert files(server) == []
    remove = next(row for row in seen(server) if row[0] == "remove")
    assert remove == ["remove", 1, read[4]]


def test_a_part_of_a_file(start: Start, dicom_file: Callable[..., Path]) -> None:
    """Orthanc reads the beginning of a file when it wants the tags before the pixels."""
    server = start()
    identifier = upload(server, dicom_file(rows=300, columns=400))
    tags = server.get(f"/instances/{identifier}/tags?simplify")
    assert tags.json()["Rows"] == "300"
    assert server.get(f"/instances/{identifier}/frames/0/raw").status_code == 200
    reads = [row for row in seen(server) if row[0] == "read"]
    assert reads


def test_an_attachment_that_is_not_dicom(start: Start, dicom_file: Callable[..., Path]) -> None:
    server = start()
    identifier = upload(server, dicom_file())
    url = f"/instances/{identifier}/attachments/1024"
    assert server.put(url, data=b"0123456789").status_code == 200
    # The SDK has no names for user-defined content types.
    create = next(r for r in seen(server) if r[0] == "create" and r[1] == 0)
    assert create[4:] == [10, None]  # there is no DICOM instance
    part = server.get(f"{url}/data", headers={"Range": "bytes=2-4"})
    assert part.content in (b"234", b"0123456789")


@pytest.mark.parametrize("form", ["create none", "create empty"])
def test_no_custom_data(start: Start, dicom_file: Callable[..., Path], form: str) -> None:
    server = start()
    fail(server, form)
    path = dicom_file()
    identifier = upload(server, path)
    assert server.get(f"/instances/{identifier}/file").content == path.read_bytes()
    assert next(row[4] for row in seen(server) if row[0] == "read") == ""


@pytest.mark.parametrize(
    ("failure", "status"),
    [("read", 500), ("read missing", 404), ("read short", 500), ("read long", 500)],
)
def test_a_failure_of_read(
    start: Start,
    dicom_file: Callable[..., Path],
    failure: str,
    status: int,
) -> None:
    server = start()
    identifier = upload(server, dicom_file())
    fail(server, failure)
    assert server.get(f"/instances/{identifier}/file").status_code == status


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("create", 1),
        ("create full", 19),
        ("create list", 1),
        ("create false", 1),
        ("create large", 1),
    ],
)
def test_a_failure_of_create(
    start: Start,
    dicom_file: Callable[..., Path],
    failure: str,
    code: int,
) -> None:
    server = start()
    fail(server, failure)
    answer = server.post("/instances", data=dicom_file().read_bytes())
    assert answer.status_code >= 500
    assert answer.json()["OrthancStatus"] == code
    assert server.get("/instances").json() == []


def test_a_wrong_answer_of_remove_is_logged(start: Start, dicom_file: Callable[..., Path]) -> None:
    server = start()
    identifier = upload(server, dicom_file())
    fail(server, "remove none")
    assert server.delete(f"/instances/{identifier}").status_code == 200
    server.wait_for_log(
        "Error in the Python StorageRemove2 callback for the attachment .*, traceback:"
    )


def test_a_kept_instance_is_invalid(start: Start, dicom_file: Callable[..., Path]) -> None:
    server = start()
    upload(server, dicom_file())
    assert server.get("/kept").text == "ValueError"


def test_the_two_kinds_exclude_each_other(start: Start) -> None:
    rows = {row[0]: row[1] for row in seen(start())}
    assert rows["second"] == "RuntimeError"
    assert rows["other"] in ("RuntimeError", "OrthancException")

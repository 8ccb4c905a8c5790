# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Storage areas written in Python: the first version, and the second, which reads ranges."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

from .storage_script import COMMON, CONFIG, fail, files, upload

WRITES = (
    COMMON
    + """
def create(uuid, kind, data):
    if 'create' in FAIL:
        raise ValueError('create failed')
    if 'create full' in FAIL:
        raise orthanc.OrthancException(orthanc.ErrorCode.FULL_STORAGE, 'full')
    record('create', kind, type(data).__name__, len(data))
    with open(place(uuid, kind), 'wb') as file:
        file.write(data)


def read(uuid, kind):
    record('read', kind)
    if 'read' in FAIL:
        raise ValueError('read failed')
    if 'read none' in FAIL:
        return None
    with open(place(uuid, kind), 'rb') as file:
        return file.read()


def remove(uuid, kind):
    record('remove', kind)
    os.remove(place(uuid, kind))
    if 'remove' in FAIL:
        raise ValueError('remove failed')
"""
)

VERSION_1 = (
    WRITES
    + """
orthanc.RegisterStorageArea(create, read, remove)
record('second', *outcome(orthanc.RegisterStorageArea, create, read, remove))
record('wrong', *outcome(orthanc.RegisterStorageArea, create, None, remove))
"""
)

VERSION_2 = (
    WRITES
    + """
def read_range(uuid, kind, start, size):
    record('range', kind, start, size)
    if 'read short' in FAIL:
        return b'x'
    whole = read(uuid, kind)
    return whole and memoryview(whole)[start : start + size]


orthanc.RegisterStorageArea2(create, read, read_range, remove)
record('second', *outcome(orthanc.RegisterStorageArea2, create, read, read_range, remove))
record('wrong', *outcome(orthanc.RegisterStorageArea2, create, read, None, remove))
"""
)

SID = pytest.mark.chroot


class Area(NamedTuple):
    script: str
    debian: str | None


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Area(VERSION_1, None), id="1-here"),
        pytest.param(Area(VERSION_1, "sid"), id="1-sid", marks=SID),
        pytest.param(Area(VERSION_2, None), id="2-here"),
        pytest.param(Area(VERSION_2, "sid"), id="2-sid", marks=SID),
    ],
)
def area(request: pytest.FixtureRequest) -> Area:
    chosen: Area = request.param
    return chosen


@pytest.fixture(scope="module")
def module_server(module_orthanc: Servers, area: Area) -> Orthanc:
    return module_orthanc(area.script, debian=area.debian, config=CONFIG)


@pytest.fixture
def server(module_server: Orthanc) -> Orthanc:
    fail(module_server, "nothing")
    return module_server


Write = Callable[..., Path]


def test_life_of_a_file(server: Orthanc, dicom_file: Write) -> None:
    before = files(server)
    path = dicom_file("P1")
    size = path.stat().st_size
    instance = upload(server, path)
    written = set(files(server)) - set(before)
    assert path.read_bytes() in [file.read_bytes() for file in written]
    assert ["create", 1, "bytes", size] in seen(server)
    assert server.get(f"/instances/{instance}/file").content == path.read_bytes()
    assert server.get(f"/instances/{instance}/simplified-tags").json()["PatientID"] == "P1"
    assert all(row[2] + row[3] <= size for row in seen(server) if row[0] == "range")
    assert server.delete(f"/instances/{instance}").status_code == 200
    assert ["remove", 1] in seen(server)
    assert files(server) == before


def test_python_reads_from_its_own_storage_area(server: Orthanc, dicom_file: Write) -> None:
    path = dicom_file("P1")
    instance = upload(server, path)
    assert server.get(f"/file/{instance}").content == path.read_bytes()


def test_ranges(server: Orthanc, area: Area, dicom_file: Write) -> None:
    path = dicom_file("P2")
    url = f"/instances/{upload(server, path)}/attachments/dicom/data"
    answer = server.get(url, headers={"Range": "bytes=10-19"})
    if answer.status_code != 206:
        return  # older Orthancs do not read ranges
    assert answer.content == path.read_bytes()[10:20]
    if area.script == VERSION_2:
        assert ["range", 1, 10, 10] in seen(server)
        fail(server, "read short")
        assert server.get(url, headers={"Range": "bytes=10-19"}).status_code == 500
        server.wait_for_log("ValueError: The storage area has read 1 bytes instead of 10")


def test_an_exception_in_create_fails_the_upload(server: Orthanc, dicom_file: Write) -> None:
    before = server.get("/instances").json()
    fail(server, "create")
    assert server.post("/instances", dicom_file().read_bytes()).status_code == 500
    assert server.get("/instances").json() == before
    server.wait_for_log(
        "Error in the Python StorageCreate callback for the attachment .*, traceback:"
    )
    server.wait_for_log("ValueError: create failed")


def test_an_orthanc_exception_in_create_keeps_its_code(server: Orthanc, dicom_file: Write) -> None:
    fail(server, "create full")
    answer = server.post("/instances", dicom_file().read_bytes())
    assert answer.status_code >= 500
    assert answer.json()["OrthancStatus"] == 19  # FULL_STORAGE


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("read", "ValueError: read failed"),
        ("read none", "TypeError: The content of an attachment must be bytes, not NoneType"),
    ],
)
def test_a_failure_of_read(server: Orthanc, dicom_file: Write, what: str, text: str) -> None:
    instance = upload(server, dicom_file())
    fail(server, what)
    assert server.get(f"/instances/{instance}/file").status_code == 500
    server.wait_for_log(text)
    fail(server, "nothing")
    assert server.get(f"/instances/{instance}/file").status_code == 200


def test_a_failure_of_remove_is_logged(server: Orthanc, dicom_file: Write) -> None:
    instance = upload(server, dicom_file())
    fail(server, "remove")
    assert server.delete(f"/instances/{instance}").status_code == 200
    server.wait_for_log(
        "Error in the Python StorageRemove callback for the attachment .*, traceback:"
    )
    server.wait_for_log("ValueError: remove failed")


def test_registration(server: Orthanc) -> None:
    rows = {row[0]: row[1:3] for row in seen(server) if row[0] in ("second", "wrong")}
    assert rows["second"][0] == "RuntimeError"
    assert re.fullmatch(
        r"Can only register one custom storage area: the first one was registered at .*\.py:\d+",
        rows["second"][1],
    )
    assert rows["wrong"][0] == "TypeError"


@pytest.mark.this_machine
def test_a_restart_finds_the_files(orthanc: Servers, dicom_file: Write, tmp_path: Path) -> None:
    index = tmp_path / "index"
    server = orthanc(VERSION_1, config=CONFIG, storage=index)
    path = dicom_file("P1")
    instance = upload(server, path)
    assert files(server, index)
    server.stop()
    again = orthanc(VERSION_1, config=CONFIG, storage=index)
    assert again.get(f"/instances/{instance}/file").content == path.read_bytes()

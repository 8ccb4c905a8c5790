# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Storage areas written in Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

COMMON = """
import json
import os
import orthanc
from recorder import outcome, record, route

FOLDER = json.loads(orthanc.GetConfiguration())['StorageDirectory'] + '/area'
os.makedirs(FOLDER, exist_ok=True)
FAIL = set()


def place(uuid, kind):
    return os.path.join(FOLDER, f'{uuid}-{kind}')


@route('/fail/(.+)')
def fail(output, uri, **request):
    FAIL.clear()
    FAIL.add(request['groups'][0])
    output.AnswerBuffer('', 'text/plain')


@route('/file/(.+)')
def read_in_python(output, uri, **request):
    data = orthanc.GetDicomForInstance(request['groups'][0])
    data2 = orthanc.RestApiGet(f"/instances/{request['groups'][0]}/file")
    assert data == data2
    output.AnswerBuffer(data, 'application/dicom')
"""

VERSION_1 = (
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


orthanc.RegisterStorageArea(create, read, remove)
record('second', *outcome(orthanc.RegisterStorageArea, create, read, remove))
"""
)

VERSION_3 = (
    COMMON
    + """
CODE = orthanc.ErrorCode
KEPT = []


def create(uuid, kind, compression, data, instance):
    about = outcome(instance.GetInstanceSize)
    record('create', kind, compression, type(data).__name__, len(data), about)
    KEPT.append(instance)
    if 'create' in FAIL:
        raise ValueError('create failed')
    if 'create full' in FAIL:
        return CODE.FULL_STORAGE, None
    if 'create list' in FAIL:
        return [CODE.SUCCESS, None]
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

# Orthanc would otherwise answer from its cache, and keep what it could read back.
CONFIG = {"MaximumStorageCacheSize": 0, "StorageCompression": False}


class Area:
    """A running Orthanc, and the files that its script has written."""

    def __init__(self, server: Orthanc, storage: Path | None) -> None:
        self.server = server
        self.folder = (storage or server.directory / "storage") / "area"

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


Start = Callable[..., Area]


@pytest.fixture
def start(orthanc: Servers) -> Start:
    def run(script: str, storage: Path | None = None, **options: Any) -> Area:
        return Area(orthanc(script, config=CONFIG, storage=storage, **options), storage)

    return run


def upload(server: Orthanc, path: Path) -> str:
    answer = server.post("/instances", data=path.read_bytes())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def test_version_1(start: Start, dicom_file: Callable[..., Path]) -> None:
    area = start(VERSION_1)
    path = dicom_file("P1")
    identifier = upload(area.server, path)
    assert any(file.read_bytes() == path.read_bytes() for file in area.files())
    assert area.server.get(f"/instances/{identifier}/file").content == path.read_bytes()
    assert area.server.get(f"/instances/{identifier}/simplified-tags").json()["PatientID"] == "P1"
    assert ["create", 1, "bytes", path.stat().st_size] in seen(area.server)
    area.server.delete(f"/instances/{identifier}")
    assert area.files() == []
    assert next(row[:2] for row in seen(area.server) if row[0] == "second") == [
        "second",
        "RuntimeError",
    ]


def test_quirk_4_python_reads_from_its_own_storage_area(
    start: Start, dicom_file: Callable[..., Path]
) -> None:
    area = start(VERSION_1)
    path = dicom_file("P1")
    identifier = upload(area.server, path)
    assert area.server.get(f"/file/{identifier}", timeout=20).content == path.read_bytes()


@pytest.mark.here
def test_a_restart_finds_the_files(
    start: Start, dicom_file: Callable[..., Path], tmp_path: Path
) -> None:
    index = tmp_path / "index"
    area = start(VERSION_1, storage=index)
    path = dicom_file("P1")
    identifier = upload(area.server, path)
    area.server.stop()
    again = start(VERSION_1, storage=index)
    assert again.server.get(f"/instances/{identifier}/file").content == path.read_bytes()


def test_an_exception_in_create_fails_the_upload(
    start: Start, dicom_file: Callable[..., Path]
) -> None:
    area = start(VERSION_1)
    area.server.get("/fail/create")
    answer = area.server.post("/instances", data=dicom_file().read_bytes())
    assert answer.status_code == 500
    assert area.server.get("/instances").json() == []
    area.server.wait_for_log("Error in the Python StorageCreate callback, traceback:")
    area.server.wait_for_log("ValueError: create failed")


def test_an_orthanc_exception_in_create_keeps_its_code(
    start: Start, dicom_file: Callable[..., Path]
) -> None:
    area = start(VERSION_1)
    area.server.get("/fail/create full")
    answer = area.server.post("/instances", data=dicom_file().read_bytes())
    assert answer.status_code >= 500
    assert answer.json()["OrthancStatus"] == 19  # FULL_STORAGE


@pytest.mark.parametrize("failure", ["read", "read none"])
def test_a_failure_of_read(start: Start, dicom_file: Callable[..., Path], failure: str) -> None:
    area = start(VERSION_1)
    identifier = upload(area.server, dicom_file())
    area.server.get(f"/fail/{failure}")
    assert area.server.get(f"/instances/{identifier}/file").status_code == 500
    area.server.wait_for_log("Error in the Python StorageRead callback, traceback:")


def test_a_failure_of_remove_is_logged(start: Start, dicom_file: Callable[..., Path]) -> None:
    area = start(VERSION_1)
    identifier = upload(area.server, dicom_file())
    area.server.get("/fail/remove")
    assert area.server.delete(f"/instances/{identifier}").status_code == 200
    area.server.wait_for_log("Error in the Python StorageRemove callback, traceback:")
    area.server.wait_for_log("ValueError: remove failed")


@pytest.fixture
def start3(start: Start) -> Start:
    return lambda: start(VERSION_3, suite="sid")


@pytest.mark.suites
class TestVersion3:
    def test_write_read_and_remove(self, start3: Start, dicom_file: Callable[..., Path]) -> None:
        area = start3()
        path = dicom_file("P3")
        size = path.stat().st_size
        identifier = upload(area.server, path)
        create = next(r for r in seen(area.server) if r[0] == "create" and r[1] == 1)
        assert create == ["create", 1, 4, "bytes", size, ["returned", size]]
        assert area.server.get(f"/instances/{identifier}/file").content == path.read_bytes()
        assert area.server.get(f"/file/{identifier}", timeout=20).content == path.read_bytes()
        read = next(row for row in seen(area.server) if row[0] == "read")
        assert read[:4] == ["read", 1, 0, size]
        assert read[4].startswith("custom\0")
        area.server.delete(f"/instances/{identifier}")
        assert area.files() == []
        remove = next(row for row in seen(area.server) if row[0] == "remove")
        assert remove == ["remove", 1, read[4]]

    def test_a_part_of_a_file(self, start3: Start, dicom_file: Callable[..., Path]) -> None:
        """Orthanc reads the beginning of a file when it wants the tags before the pixels."""
        area = start3()
        identifier = upload(area.server, dicom_file(rows=300, columns=400))
        tags = area.server.get(f"/instances/{identifier}/tags?simplify")
        assert tags.json()["Rows"] == "300"
        assert area.server.get(f"/instances/{identifier}/frames/0/raw").status_code == 200
        reads = [row for row in seen(area.server) if row[0] == "read"]
        assert reads

    def test_an_attachment_that_is_not_dicom(
        self, start3: Start, dicom_file: Callable[..., Path]
    ) -> None:
        area = start3()
        identifier = upload(area.server, dicom_file())
        url = f"/instances/{identifier}/attachments/1024"
        assert area.server.put(url, data=b"0123456789").status_code == 200
        # The SDK has no name for the content types of users.
        create = next(r for r in seen(area.server) if r[0] == "create" and r[1] == 0)
        assert create[4:] == [10, create[5]]
        assert create[5][0] == "ValueError"  # there is no DICOM instance
        part = area.server.get(f"{url}/data", headers={"Range": "bytes=2-4"})
        assert part.content in (b"234", b"0123456789")

    @pytest.mark.parametrize("form", ["create none", "create empty"])
    def test_quirk_15_no_custom_data(
        self, start3: Start, dicom_file: Callable[..., Path], form: str
    ) -> None:
        area = start3()
        area.server.get(f"/fail/{form}")
        path = dicom_file()
        identifier = upload(area.server, path)
        assert area.server.get(f"/instances/{identifier}/file").content == path.read_bytes()
        assert next(row[4] for row in seen(area.server) if row[0] == "read") == ""

    @pytest.mark.parametrize(
        ("failure", "status"),
        [("read", 500), ("read missing", 404), ("read short", 500), ("read long", 500)],
    )
    def test_quirk_16_a_failure_of_read(
        self,
        start3: Start,
        dicom_file: Callable[..., Path],
        failure: str,
        status: int,
    ) -> None:
        area = start3()
        identifier = upload(area.server, dicom_file())
        area.server.get(f"/fail/{failure}")
        assert area.server.get(f"/instances/{identifier}/file").status_code == status

    @pytest.mark.parametrize(
        ("failure", "code"), [("create", 1), ("create full", 19), ("create list", 1)]
    )
    def test_a_failure_of_create(
        self,
        start3: Start,
        dicom_file: Callable[..., Path],
        failure: str,
        code: int,
    ) -> None:
        area = start3()
        area.server.get(f"/fail/{failure}")
        answer = area.server.post("/instances", data=dicom_file().read_bytes())
        assert answer.status_code >= 500
        assert answer.json()["OrthancStatus"] == code
        assert area.server.get("/instances").json() == []

    def test_a_wrong_answer_of_remove_is_logged(
        self, start3: Start, dicom_file: Callable[..., Path]
    ) -> None:
        area = start3()
        identifier = upload(area.server, dicom_file())
        area.server.get("/fail/remove none")
        assert area.server.delete(f"/instances/{identifier}").status_code == 200
        area.server.wait_for_log("Error in the Python StorageRemove2 callback, traceback:")

    def test_quirk_9_a_kept_instance_is_invalid(
        self, start3: Start, dicom_file: Callable[..., Path]
    ) -> None:
        area = start3()
        upload(area.server, dicom_file())
        assert area.server.get("/kept").text == "ValueError"

    def test_quirk_18_the_two_kinds_exclude_each_other(self, start3: Start) -> None:
        rows = {row[0]: row[1] for row in seen(start3().server)}
        assert rows["second"] == "RuntimeError"
        assert rows["other"] in ("RuntimeError", "OrthancException")

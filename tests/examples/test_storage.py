# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that store or stream the files themselves."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from orthanc_python.server import Orthanc
from tests.support import dicom

from .conftest import Example, upload

ALICE = ("alice", "secret")


def files(folder: Path) -> list[str]:
    """The files below a folder, relative to it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.this_machine
def test_storage_area(example: Example, tmp_path: Path) -> None:
    config = {"StorageAreaFolder": str(tmp_path / "archive"), "MaximumStorageCacheSize": 0}
    storage = tmp_path / "database"
    server = example("storage_area.py", config=config, storage=storage)
    content = dicom.encode(dicom.image())
    instance = server.post("/instances", content).json()["ID"]
    stored = files(tmp_path / "archive")
    assert stored
    assert all(name[:2] == Path(name).name[:2] for name in stored)
    assert not any(name.endswith(".part") for name in stored)
    tags = server.get(f"/instances/{instance}/simplified-tags").json()
    assert tags["PatientID"] == "PATIENT"
    assert server.get(f"/instances/{instance}/file").content == content
    assert server.stop() == 0

    again = example("storage_area.py", config=config, storage=storage)
    assert again.get(f"/instances/{instance}/file").content == content
    assert again.delete(f"/instances/{instance}").status_code == 200
    assert files(tmp_path / "archive") == []


def check_archive(server: Orthanc, archive: Path) -> None:
    content = dicom.encode(dicom.image("../P 1", "1.2.3"))
    instance = server.post("/instances", content).json()["ID"]
    named = [name for name in files(archive) if name.endswith(".dcm")]
    assert len(named) == 1
    assert named[0].startswith("___P_1/1_2_3/")
    assert server.get(f"/instances/{instance}/file").content == content
    part = server.get(
        f"/instances/{instance}/attachments/dicom/data", headers={"Range": "bytes=128-139"}
    )
    assert part.content == content[128:140]
    assert server.delete(f"/instances/{instance}").status_code == 200
    assert files(archive) == []


@pytest.mark.chroot
def test_storage_area_3(example: Example) -> None:
    server = example("storage_area_3.py", debian="sid", config={"MaximumStorageCacheSize": 0})
    check_archive(server, server.directory / "storage" / "python")


@pytest.mark.chroot
def test_storage_area_3_with_a_lost_file(example: Example) -> None:
    server = example("storage_area_3.py", debian="sid", config={"MaximumStorageCacheSize": 0})
    instance = upload(server)["ID"]
    for path in (server.directory / "storage" / "python").rglob("*.dcm"):
        path.unlink()
    assert server.get(f"/instances/{instance}/file").status_code == 404


@pytest.mark.chroot
def test_streaming_archive(example: Example) -> None:
    config = {"AuthenticationEnabled": True, "RegisteredUsers": dict([ALICE])}
    server = example("streaming_archive.py", debian="sid", config=config)
    noise = Random(1).randbytes(1000 * 1000)  # does not compress: many chunks
    study = upload(server, "P", "1.2.3", rows=1000, columns=1000, pixels=noise, auth=ALICE)[
        "ParentStudy"
    ]
    upload(server, "P", "1.2.3", auth=ALICE)

    answer = server.get(f"/studies/{study}/my-archive", auth=ALICE)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert f'filename="{study}.zip"' in answer.headers["Content-Disposition"]
    assert "Content-Length" not in answer.headers
    expected = server.get(f"/studies/{study}/archive", auth=ALICE).content
    with ZipFile(BytesIO(answer.content)) as ours, ZipFile(BytesIO(expected)) as theirs:
        assert ours.namelist() == theirs.namelist()
        assert all(ours.read(name) == theirs.read(name) for name in ours.namelist())
    assert server.get("/studies/nothing/my-archive", auth=ALICE).status_code == 404

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending and waiting work with the oldest and the newest Orthanc."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from orthanc_python.testing import DicomMaker, Modality, OrthancUnderTest
from tests.support.debian_chroots import Chroot
from tests.support.servers import OLDEST_TO_NEWEST


@pytest.fixture(scope="module")
def modality() -> Iterator[Modality]:
    with Modality() as modality:
        yield modality


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(
    request: pytest.FixtureRequest,
    modality: Modality,
    chroot: Callable[[str], Chroot],
    universal_plugin: Path,
    orthanc_executable: Path,
) -> Iterator[OrthancUnderTest]:
    place: dict[str, Any] = {"orthanc": orthanc_executable}
    if request.param is not None:
        place = {"root": chroot(request.param).root}
    config = {"StableAge": 1, "DicomModalities": {modality.name: modality.entry()}}
    with OrthancUnderTest(plugin=universal_plugin, config=config, **place) as server:
        assert isinstance(server, OrthancUnderTest)
        yield server


@pytest.fixture
def dicom(tmp_path: Path) -> DicomMaker:
    return DicomMaker(tmp_path)


def test_instances_arrive_become_stable_and_are_sent(
    server: OrthancUnderTest,
    modality: Modality,
    dicom: DicomMaker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    modality.clear()
    assert server.store(*dicom.series(2, PatientID="A")) == [0, 0]
    assert caplog.messages == []  # such as a warning of pynetdicom
    instance = server.upload(dicom(PatientID="B"))
    assert server.wait_for_stable(instance["ParentStudy"])["ChangeType"] == "StableStudy"
    assert server.wait_for_stable(instance["ParentSeries"])["ChangeType"] == "StableSeries"
    assert server.wait_for_stable(instance["ParentPatient"])["ChangeType"] == "StablePatient"
    job = server.post(
        f"/modalities/{modality.name}/store",
        json={"Resources": [instance["ID"]], "Asynchronous": True},
    ).json()
    assert server.wait_for_job(job["ID"])["State"] == "Success"
    assert [image.PatientID for image in modality.wait_for_instances()] == ["B"]
    server.clear()
    assert server.get("/instances").json() == []
    assert server.get("/changes").json()["Changes"] == []


def test_a_refusing_modality_fails_the_job(
    server: OrthancUnderTest, modality: Modality, dicom: DicomMaker
) -> None:
    modality.clear()
    modality.status = 0xA700
    job = server.post(
        f"/modalities/{modality.name}/store",
        json={"Resources": [server.upload(dicom())["ID"]], "Asynchronous": True},
    ).json()
    assert server.wait_for_job(job["ID"])["State"] == "Failure"
    modality.wait_for_attempts()
    assert modality.received == []


def test_upload_of_anything_else_fails(server: OrthancUnderTest) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        server.upload(b"no DICOM")


def test_waits_end_with_a_message(server: OrthancUnderTest, modality: Modality) -> None:
    modality.clear()
    with pytest.raises(TimeoutError, match="the change StableStudy of abc did not come true"):
        server.wait_for_change("StableStudy", "abc", timeout=0)
    with pytest.raises(requests.HTTPError, match="404"):
        server.wait_for_job("abc")
    with pytest.raises(TimeoutError, match="0 instances instead of 2 arrived at the modality"):
        modality.wait_for_instances(2, timeout=0)

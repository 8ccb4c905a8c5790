# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that react to change events and to incoming instances."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from orthanc_python.testing import Modality
from tests.support import cache, dicom
from tests.support.debian_chroots import Chroot
from tests.support.servers import Servers, wait_for

from .conftest import Example, upload


@pytest.mark.this_machine
def test_changes(example: Example, dicom_file: Callable[..., Path]) -> None:
    sample = dicom_file("CHANGES")
    server = example(
        "changes.py", env={"ORTHANC_EXAMPLE_DICOM": str(sample)}, config={"StableAge": 1}
    )
    server.wait_for_log("Orthanc has started$")
    instance = server.wait_for_log("New instance: (.+)$")[1]
    assert server.get("/instances").json() == [instance]
    server.wait_for_log("Nothing new came for a while in study: .+$")

    server.delete(f"/instances/{instance}")
    server.wait_for_log(f"Deleted: {instance}$")
    server.stop()
    assert "Orthanc is about to stop" in server.log


def test_new_instance(example: Example) -> None:
    server = example("new_instance.py")
    upload(server, PatientName="Curie^Marie")
    line = server.wait_for_log(r"Stored \S+ from the REST API: .+")[0]
    assert line.endswith(
        "transfer syntax 1.2.840.10008.1.2.1, SOP class 1.2.840.10008.5.1.4.1.1.7, "
        "patient Curie^Marie"
    )
    assert server.store(dicom.image()) == [0]
    server.wait_for_log(r"Stored \S+ from the DICOM protocol \(TESTER.*\): ")


def test_auto_routing_to_a_modality(example: Example) -> None:
    with Modality() as archive:
        config = {
            "StableAge": 1,
            "DicomModalities": {"pacs": archive.entry()},
            "AutoRouting": {"Modality": "pacs"},
        }
        server = example("auto_routing.py", config=config)
        upload(server, "P", "1.2.3", "1.2.3.1", "1.2.3.1.1")
        upload(server, "P", "1.2.3", "1.2.3.1", "1.2.3.1.2")
        both = {"1.2.3.1.1", "1.2.3.1.2"}
        # the study may be stable, and be sent, after its first instance already
        wait_for(lambda: {image.SOPInstanceUID for image in archive.received} == both, "both")
        server.wait_for_log("Study .+ was sent to ")


def test_auto_routing_to_a_peer(example: Example, orthanc: Servers) -> None:
    archive = orthanc()
    config = {
        "StableAge": 1,
        "OrthancPeers": {"archive": {"Url": archive.url}},
        "AutoRouting": {"Peer": "archive"},
    }
    server = example("auto_routing.py", config=config)
    instance = upload(server)["ID"]
    server.wait_for_log("Study .+ was sent to ")
    assert archive.get("/instances").json() == [instance]


@pytest.fixture
def dicomweb(chroot: Callable[[str], Chroot]) -> Path:
    """The DICOMweb plugin of Debian sid, installed there at its first use."""
    sid = chroot("sid")
    library = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
    with cache.locked("dicomweb"):
        if not sid.path(library).exists():
            sid.run(["apt-get", "update"])
            sid.run(["apt-get", "install", "-y", "orthanc-dicomweb"])
            sid.run(["apt-get", "clean"])
    return Path(library)


@pytest.mark.chroot
def test_auto_routing_to_dicomweb(example: Example, orthanc: Servers, dicomweb: Path) -> None:
    plugins = {"Plugins": [str(dicomweb)]}
    archive = orthanc(debian="sid", config=plugins)
    config = {
        **plugins,
        "StableAge": 1,
        "DicomWeb": {"Servers": {"cloud": {"Url": f"{archive.url}/dicom-web/"}}},
        "AutoRouting": {"DicomWeb": "cloud"},
    }
    server = example("auto_routing.py", debian="sid", config=config)
    instance = upload(server)["ID"]
    server.wait_for_log("Study .+ was sent to ")
    assert archive.get("/instances").json() == [instance]


def test_auto_routing_logs_the_failure(example: Example) -> None:
    server = example(
        "auto_routing.py", config={"StableAge": 1, "AutoRouting": {"DicomWeb": "missing"}}
    )
    upload(server)
    server.wait_for_log(
        r"The Python job routing \(\S+\) failed at attempt 1 of 9, "
        r"the next attempt follows in 30 s: OrthancException: .*\b17\b"
    )


@pytest.mark.parametrize("where", [None, pytest.param("sid", marks=pytest.mark.chroot)])
def test_auto_routing_tries_again_until_the_modality_accepts(
    example: Example, where: str | None
) -> None:
    with Modality("pacs") as pacs:
        pacs.status = 0xA700  # out of resources
        config = {
            "StableAge": 1,
            "DicomModalities": {"pacs": pacs.entry()},
            "AutoRouting": {"Modality": "pacs", "Retries": 20, "Delay": 0.1},
        }
        server = example("auto_routing.py", debian=where, config=config)
        study = upload(server, "P", "1.2.3", "1.2.3.1", "1.2.3.1.1")["ParentStudy"]
        pacs.wait_for_attempts(2)

        def page() -> str:
            answer = server.get("/routing")
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            return answer.text

        assert "Success" not in page()
        wait_for(lambda: re.search(rf"<td>{study}</td><td>failed \d+ times, next", page()))
        pacs.status = 0
        (received,) = pacs.wait_for_instances(1)
        assert received.SOPInstanceUID == "1.2.3.1.1"
        wait_for(lambda: f"<td>{study}</td><td>Success</td><td></td>" in page())


def test_periodic(example: Example) -> None:
    server = example("periodic.py", config={"Periodic": {"Interval": 0.2}})
    server.wait_for_log("Periodic task: 0 studies")
    upload(server)
    server.wait_for_log(r"Periodic task: 1 studies(.|\n)+Periodic task: 1 studies")
    assert server.stop() == 0
    assert "Periodic task: stopped" in server.log


def test_periodic_stops_in_the_middle_of_a_long_interval(example: Example) -> None:
    server = example("periodic.py", config={"Periodic": {"Interval": 3600}})
    server.wait_for_log("Periodic task: 0 studies")
    assert server.stop() == 0


def test_modify_received(example: Example) -> None:
    config = {"Received": {"InstitutionName": "General hospital", "DiscardPatients": ["TEST"]}}
    server = example("modify_received.py", config=config)

    def stored(answer: dict[str, str]) -> bytes:
        return server.get(f"/instances/{answer['ID']}/file").content

    assert upload(server, "TEST")["Status"] == "FilteredOut"
    modified = dcmread(BytesIO(stored(upload(server, "P1"))))
    assert modified.InstitutionName == "General hospital"
    assert modified.PixelData == dicom.image().PixelData

    original = dicom.image("P2", InstitutionName="General hospital")
    file = dicom.encode(original)
    assert stored(server.post("/instances", file).json()) == file
    assert len(server.get("/instances").json()) == 2


def test_cstore_filter(example: Example) -> None:
    server = example("cstore_filter.py", config={"AcceptedModalities": ["CT", "MR"]})
    assert server.store(dicom.image(Modality="MR")) == [0]
    assert server.store(dicom.image(Modality="US")) == [0x0124]
    server.wait_for_log("Refused to TESTER: modality 'US'")
    assert len(server.get("/instances").json()) == 1
    upload(server, Modality="US")
    assert len(server.get("/instances").json()) == 2


@pytest.mark.chroot
def test_stable_status(example: Example) -> None:
    server = example("stable_status.py", debian="sid", config={"StableAge": 3600})
    radiograph = upload(server, "A", Modality="CR")["ParentSeries"]
    scan = upload(server, "B", Modality="CT")["ParentSeries"]
    server.wait_for_log(f"Stable series: {radiograph}")
    assert server.get(f"/series/{radiograph}").json()["IsStable"] is True
    assert server.get(f"/series/{scan}").json()["IsStable"] is False


@pytest.mark.chroot
def test_queues(example: Example) -> None:
    server = example("queues.py", debian="sid")
    upload(server, "A", StudyDate="20200101")
    upload(server, "B", StudyDate="20200202")
    upload(server, "C", StudyDate="20210303")
    expected = {"waiting": 0, "years": {"2020": 2, "2021": 1}}
    wait_for(lambda: server.get("/queue-statistics").json() == expected, "the queue is empty")
    assert server.stop() == 0

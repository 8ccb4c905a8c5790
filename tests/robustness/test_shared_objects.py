# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several script threads use one object of Orthanc at once: the plugin serializes the calls."""

from __future__ import annotations

import itertools
import os
import re
from typing import Any

import pytest
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc, free_port
from tests.support import dicom, peers
from tests.support.servers import Servers, newest_orthanc, seen, wait_for

from .shared_objects import SCRIPT

FRAMES, THREADS, TIMES = 30, 4, 20
ADDED = sorted(f"{i}-{j}" for i, j in itertools.product(range(THREADS), range(TIMES)))


def multiframe() -> bytes:
    pixels = os.urandom(FRAMES * 64 * 64)
    image = dicom.image("FRAMES", rows=64, columns=64, pixels=pixels, NumberOfFrames=str(FRAMES))
    return dicom.encode(image)


def all_true(value: Any) -> bool:
    """Whether all results in nested lists are true."""
    if isinstance(value, list):
        return value != [] and all(all_true(item) for item in value)
    return value is True


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    port = free_port()
    config = {
        "HttpPort": port,
        "OrthancPeers": {"self": [f"http://127.0.0.1:{port}/"]},
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowFindWorklist": True,
        "KeepAlive": True,
    }
    return module_orthanc(SCRIPT, debian=where, config=config)


def test_threads_may_share_an_instance_of_a_callback(server: Orthanc) -> None:
    for _ in range(20):
        assert server.post("/instances", data=multiframe()).status_code == 200
    rows = [row[1] for row in seen(server) if row[0] == "stored"]
    assert len(rows) == 20 and all_true(rows), server.log


def test_threads_may_share_an_instance_of_the_script(server: Orthanc) -> None:
    for _ in range(5):
        answer = server.post("/instances-of-the-script", data=multiframe(), timeout=120)
        assert all_true(answer.json()), answer.text


def test_a_callback_waits_for_a_thread_that_uses_the_same_instance(server: Orthanc) -> None:
    answer = server.post("/callback-that-waits", data=multiframe())
    assert answer.json() == [True]


def test_threads_may_share_an_image(server: Orthanc) -> None:
    answer = server.get("/image")
    assert all_true(answer.json()), answer.text


def test_threads_may_share_a_matcher(server: Orthanc) -> None:
    race, matches = server.get("/matcher").json()
    assert all_true(race)
    assert matches == [True, False, True, False]


def test_threads_may_share_the_answers_to_a_find(server: Orthanc) -> None:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientID = query.PatientName = query.StudyDescription = ""
    status, answers = peers.find(server, query)
    assert status == 0
    assert sorted(answer.PatientID for answer in answers) == ADDED
    assert all_true([row[1] for row in seen(server) if row[0] == "find"])


def test_threads_may_share_the_answers_to_a_worklist_query(server: Orthanc) -> None:
    query = Dataset()
    query.PatientID = ""
    status, answers = peers.find(server, query, worklist=True)
    assert status == 0
    assert sorted(answer.PatientID for answer in answers) == ADDED
    assert all_true([row[1] for row in seen(server) if row[0] == "worklist"])


def test_threads_may_send_the_parts_of_one_answer(server: Orthanc) -> None:
    text = server.get("/multipart").text
    assert sorted(re.findall("\r\n\r\n<(.*?)>\r\n--", text)) == ADDED


@newest_orthanc
def test_threads_may_send_the_chunks_of_one_answer(server: Orthanc) -> None:
    pieces = server.get("/stream").text.split(".")
    assert sorted(pieces) == sorted([str(i) * 1000 for i in range(THREADS)] * TIMES + [""])


def test_threads_may_set_the_headers_of_one_answer(server: Orthanc) -> None:
    headers = server.get("/headers").headers
    assert {f"X-{i}-{j}" for i, j in itertools.product(range(THREADS), range(TIMES))} <= {*headers}


@newest_orthanc
def test_an_answer_ends_with_its_callback(server: Orthanc) -> None:
    """The callback does not wait for a thread that is slow to produce the next chunk."""
    assert server.get("/leave").text == "first"
    kind, text, _ = server.get("/left").json()
    assert (kind, "no longer valid" in text) == ("ValueError", True)


def test_requests_to_peers_run_at_the_same_time(server: Orthanc) -> None:
    """Peers never change, so their calls need no lock: with one, each would wait for the other's
    network."""
    read, met = server.get("/peers", timeout=120).json()
    assert all_true(read)
    assert met == [True, True]


def test_one_thread_submits_a_job(server: Orthanc) -> None:
    results = server.get("/job").json()
    assert results == ["ValueError"] * (THREADS - 1) + ["returned"]
    wait_for(lambda: server.get("/jobs?expand").json()[-1]["State"] == "Success", "the job")


@newest_orthanc
def test_each_element_of_an_iterator_goes_to_one_thread(server: Orthanc) -> None:
    assert server.get("/iterator").json() is True

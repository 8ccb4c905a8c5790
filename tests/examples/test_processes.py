# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that work in other processes."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from orthanc_python.server import Orthanc
from tests.support.processes import alive, descendants
from tests.support.servers import wait_for

from .conftest import Example, upload

ALICE = ("alice", "secret")


def assert_all_end(server: Orthanc) -> None:
    """A clean stop leaves no process behind."""
    started = descendants(server.pid)
    assert started
    assert server.stop() == 0
    wait_for(lambda: not any(map(alive, started)), "the end of the other processes")


def test_process_pool(example: Example) -> None:
    server = example("process_pool.py", config={"ProcessPool": {"Processes": 2}})
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(server.get, ["/computation?size=100000"] * 8))
    results = [answer.json() for answer in answers]
    expected = math.fsum(math.sqrt(number) for number in range(100_000))
    assert {result["sum"] for result in results} == {expected}
    assert server.pid not in {result["process"] for result in results}
    assert server.get("/computation?size=x").status_code == 400
    assert_all_end(server)


@pytest.mark.chroot
def test_process_pool_where_the_default_is_forkserver(example: Example) -> None:
    server = example("process_pool.py", debian="sid", config={"ProcessPool": {"Processes": 2}})
    answer = server.get("/computation?size=1000").json()
    assert answer["process"] != server.pid
    assert_all_end(server)


def test_process_pool_dicom(example: Example) -> None:
    server = example("process_pool_dicom.py")
    instance = upload(server, PatientName="Curie^Marie")["ID"]
    answer = server.get(f"/instances/{instance}/description").json()
    assert answer["patient"] == "Curie^Marie"
    assert answer["class"] == "Secondary Capture Image Storage"
    assert answer["process"] != server.pid
    assert server.get("/instances/nothing/description").status_code == 404
    assert_all_end(server)


def test_rest_token(example: Example) -> None:
    config = {"AuthenticationEnabled": True, "RegisteredUsers": dict([ALICE])}
    server = example("rest_token.py", config=config)
    assert server.get("/count").status_code == 401
    upload(server, "A", auth=ALICE)
    upload(server, "B", auth=ALICE)
    answer = server.get("/count", auth=ALICE).json()
    assert answer["instances"] == 2
    assert answer["process"] != server.pid
    assert_all_end(server)

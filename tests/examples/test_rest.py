# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that add routes, or replace some."""

from __future__ import annotations

import json
import re

import pytest
import requests

from orthanc_python.ports import free_port
from tests.support.servers import wait_for

from .conftest import EXAMPLES, Example, upload


def test_hello(example: Example) -> None:
    server = example("hello.py")
    greeting = server.wait_for_log(r"^Hello from Python 3\.\d+.*$")[0]
    assert server.get("/hello").text == f"{greeting}\n"
    server.wait_for_log("This line is in the log of Orthanc")


def test_rest_routes(example: Example) -> None:
    server = example("rest_routes.py")
    assert server.get("/greet/Ada").text == "Hello, Ada!\n"
    answer = server.get("/greet/Zoé", params={"language": "fr"})
    assert answer.content.decode("utf-8") == "Bonjour, Zoé!\n"
    assert server.post("/greet/Ada").status_code == 405

    answer = server.put("/echo", "né".encode(), headers={"Content-Type": "text/x"})
    assert answer.json() == {
        "uri": "/echo",
        "method": "PUT",
        "type": "text/x",
        "size": 3,
        "body": "né",
    }
    assert server.get("/echo").headers["Allow"] == "POST,PUT"


def test_study_status(example: Example) -> None:
    server = example("study_status.py", config={"StableAge": 1})
    assert server.get("/arrivals").json() == {}
    study = upload(server, "P")["ParentStudy"]
    wait_for(lambda: server.get("/arrivals").json() == {study: "complete"}, "the stable study")
    assert server.put(f"/arrivals/{study}", json={"state": "reported"}).status_code == 204
    assert server.get(f"/arrivals/{study}").json() == {"study": study, "state": "reported"}
    assert server.get("/arrivals.csv").text == f"study,state\n{study},reported\n"
    assert server.put(f"/arrivals/{study}", b"{").status_code == 400
    assert server.post("/arrivals", b"").headers["Allow"] == "GET"
    assert server.get("/arrivals/none").json()["Message"] == "No study none"
    server.delete(f"/studies/{study}")
    wait_for(lambda: server.get("/arrivals").json() == {}, "the deletion")


@pytest.mark.parametrize("release", [None, pytest.param("sid", marks=pytest.mark.chroot)])
def test_peer_overview(example: Example, release: str | None) -> None:
    port = free_port()
    peers = {"itself": [f"http://127.0.0.1:{port}/"], "off": [f"http://127.0.0.1:{free_port()}/"]}
    config = {"HttpPort": port, "OrthancPeers": peers}
    server = example("peer_overview.py", config=config, debian=release)
    study = upload(server, "P")["ParentStudy"]
    here, *others = server.get("/overview").json()
    assert (here["server"], here["answer"]["CountStudies"]) == ("this Orthanc", 1)
    answers = {other["server"]: other for other in others}
    assert answers["itself"]["answer"] == here["answer"]
    assert set(answers["off"]) == {"server", "error"}

    lines = [json.loads(line) for line in server.get("/overview/search/P").text.splitlines()]
    found = {line["server"]: [each["ID"] for each in line.get("answer", [])] for line in lines}
    assert found == {"this Orthanc": [study], "itself": [study], "off": []}


def test_two_examples_run_side_by_side(example: Example) -> None:
    config = {"Python": {"Scripts": [str(EXAMPLES / "study_status.py")]}}
    server = example("hello.py", config=config)
    assert server.get("/hello").text.startswith("Hello from Python")
    assert server.get("/arrivals").json() == {}


def test_rest_override(example: Example) -> None:
    server = example("rest_override.py")
    assert server.post("/instances", b"anything").status_code == 405
    server.wait_for_log("POST /instances was refused")
    assert server.delete("/studies/anything").status_code == 405
    assert server.get("/studies/anything").status_code == 404
    assert server.get("/instances").json() == []
    assert server.get("/instances", params={"expand": ""}).json() == []


def test_inspect_module(example: Example) -> None:
    text = example("inspect_module.py").get("/python-api").text
    assert re.search(r"^Function RestApiGet\(\): ", text, re.MULTILINE)
    assert re.search(r"^Class RestOutput: .*\n(  .*\n)*  AnswerBuffer\(\): ", text, re.MULTILINE)
    assert re.search(r"^Class ErrorCode: .*\n(  .*\n)*  UNKNOWN_RESOURCE = 17", text, re.MULTILINE)


def test_paging(example: Example) -> None:
    server = example("paging.py")
    for index, date in enumerate(("20200303", "20180101", "20190202")):
        upload(server, f"P{index}", StudyDate=date)

    def dates(answer: requests.Response) -> list[str]:
        assert answer.status_code == 200
        return [study["MainDicomTags"]["StudyDate"] for study in answer.json()]

    assert dates(server.get("/sort-studies")) == ["20180101", "20190202", "20200303"]
    assert dates(server.get("/sort-studies?offset=1&limit=1")) == ["20190202"]
    assert dates(server.get("/sort-studies?offset=2&limit=5")) == ["20200303"]
    assert server.get("/sort-studies?limit=many").status_code == 400
    assert server.get("/sort-studies?offset=-1").status_code == 400
    assert server.post("/sort-studies").status_code == 405


def test_find_metadata(example: Example) -> None:
    server = example("find_metadata.py")
    study = upload(server)["ParentStudy"]
    server.put(f"/studies/{study}/metadata/1024", "reviewed by Ada")
    query = {"Level": "Study", "Query": {"PatientID": "PATIENT"}}

    def find(**more: object) -> requests.Response:
        return server.post("/tools/find", json={**query, **more})

    assert find().json() == [study]
    assert find(Metadata={"1024": "Ada$", "LastUpdate": r"^20\d\d"}).json() == [study]
    assert find(Metadata={"1024": "Grace"}).json() == []
    assert find(Metadata={"1025": "."}).json() == []
    (expanded,) = find(Expand=True).json()
    assert expanded["ID"] == study
    assert expanded["Metadata"]["1024"] == "reviewed by Ada"
    assert find(Metadata={"1024": "("}).status_code == 400
    assert server.get("/tools/find").status_code == 405


def test_lookup_dictionary(example: Example) -> None:
    server = example("lookup_dictionary.py")
    patient_id = {"tag": "0010,0020", "name": "PatientID", "vr": "LO", "multiplicity": [1, 1]}
    assert server.get("/dictionary/PatientID").json() == patient_id
    assert server.get("/dictionary/0010,0020").json() == patient_id
    assert server.get("/dictionary/ImageType").json()["multiplicity"] == [2, 0]
    assert server.get("/dictionary/NoSuchTag").status_code == 404


def test_error_handling(example: Example) -> None:
    server = example("error_handling.py")
    dated = upload(server, "A", StudyDate="20200102")["ParentStudy"]
    undated = upload(server, "B", StudyDate="")["ParentStudy"]
    assert server.get(f"/age-in-days/{dated}").json()["days"] > 365

    assert server.get("/age-in-days/nothing").status_code == 404
    server.wait_for_log(r"Study nothing: .+ \(error 17\)")
    answer = server.get(f"/age-in-days/{undated}")
    assert answer.status_code == 404
    assert "no usable date" in answer.json()["Details"]

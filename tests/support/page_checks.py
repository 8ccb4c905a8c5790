# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks of the effects of the scripts in the pages: see tests/test_code_blocks.py."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from orthanc_python.ports import free_port
from orthanc_python.server import Orthanc
from orthanc_python.testing import Modality

from . import dicom, peers
from .jobs import wait_for_end
from .servers import Servers, check_end, wait_for

Check = Callable[[Servers, str], None]
CHECKS: dict[str, Check] = {}


def page(name: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        CHECKS[name] = check
        return check

    return add


def store(server: Orthanc, *tags: str) -> dict[str, str]:
    answer: dict[str, str] = server.post("/instances", data=dicom.encode(dicom.image(*tags))).json()
    return answer


def itself(name: str) -> dict[str, object]:
    """The configuration of an Orthanc that is its own modality and peer, called `name`."""
    http, dicom_port = free_port(), free_port()
    return {
        "HttpPort": http,
        "DicomPort": dicom_port,
        "DicomModalities": {name: ["ORTHANC", "127.0.0.1", dicom_port]},
        "OrthancPeers": {name: [f"http://127.0.0.1:{http}/"]},
        "OverwriteInstances": True,
    }


@page("README.md")
def check_readme(orthanc: Servers, script: str) -> None:
    with tempfile.TemporaryDirectory() as folder, Modality("archive") as archive:
        config = {
            "StableAge": 1,
            "DicomModalities": {"archive": archive.entry()},
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowFindWorklist": True,
        }
        script = script.replace("worklist.sqlite", make_worklist(Path(folder)))
        server = orthanc(script, config={**orthanc.packages(), **config})
        assert server.get("/hello?name=Ada").text == "Hello Ada\n"
        study = store_volume(server)
        server.wait_for_log(f"Study {study} is complete")
        archive.wait_for_instances(2)
        wait_for(lambda: len(server.get(f"/studies/{study}").json()["Series"]) >= 2, "the MIP")
        archive.wait_for_instances(2 + 3)  # with the projection, the study is stable again
        query = Dataset()
        query.PatientName = "Cur*"
        status, (answer,) = peers.find(server, query, worklist=True)
        assert (status, str(answer.PatientName)) == (0, "Curie^Marie")


def make_worklist(folder: Path) -> str:
    path = folder / "worklist.sqlite"
    item = dicom.encode(dicom.image(PatientName="Curie^Marie"))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE worklist (dicom BLOB)")
        database.execute("INSERT INTO worklist VALUES (?)", [item])
    return str(path)


def store_volume(server: Orthanc) -> str:
    for z in range(2):
        image = dicom.image(
            *("P", "1.2.3", "1.2.4"),
            Modality="CT",
            ImagePositionPatient=[0, 0, z],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            PixelSpacing=[1, 1],
        )
        stored: dict[str, str] = server.post("/instances", data=dicom.encode(image)).json()
    return stored["ParentStudy"]


@page("docs/how-to/pixels.md")
def check_pixels(orthanc: Servers, script: str) -> None:
    server = orthanc(script, config=orthanc.packages())
    study = store_volume(server)
    (series,) = server.get(f"/studies/{study}").json()["Series"]
    server.get(f"/series/{series}/projection").raise_for_status()
    server.post(f"/series/{series}/report", "6 mm\n\nstable").raise_for_status()
    added = server.get(f"/studies/{study}/series").json()
    assert [one["MainDicomTags"]["Modality"] for one in added] == ["CT", "OT", "SR"]


@page("docs/how-to/async.md")
def check_async(orthanc: Servers, script: str) -> None:
    server = orthanc(script, config={**itself("pacs"), "StableAge": 1})
    study = store(server, "1234")["ParentStudy"]
    server.wait_for_log(f"Study {study} was sent")
    answers = server.get("/overview").json()
    assert answers["/statistics"]["CountStudies"] == 1
    patient = server.get("/patients").json()[0]
    assert server.get("/ages").text.startswith(f"{patient} ")
    assert server.get("/ticks").headers["Content-Type"] == "text/event-stream"
    assert server.get("/ticks").text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    server.wait_for_log(r"[01] studies")


@page("docs/how-to/http.md")
def check_http(orthanc: Servers, script: str) -> None:
    """The page does not define these values: the test does."""
    config = itself("archive")
    script = script.replace("https://example.org", f"http://127.0.0.1:{config['HttpPort']}")
    body = textwrap.indent(script, "    ")
    server = orthanc(
        f"""import json
def run(output, uri, groups, **request):
    instance, results = groups[0], {{"a": 1}}
    import orthanc
    dicom = orthanc.GetDicomForInstance(instance)
{body}
    output.AnswerBuffer(json.dumps([
        system["Name"], found, image[:2].hex(), answer.status_code, answer.json()
    ]), "application/json")

def results(output, uri, body, **request):
    output.AnswerBuffer(body, "application/json")

import orthanc
orthanc.RegisterRestCallback("/run/(.*)", run)
orthanc.RegisterRestCallback("/results", results)
""",
        config=config,
    )
    stored = store(server, "1234")
    answer = server.get(f"/run/{stored['ID']}")
    assert answer.status_code == 200, server.log
    assert answer.json() == ["Orthanc", [stored["ParentStudy"]], "ffd8", 200, {"a": 1}]


@page("docs/how-to/jobs.md")
def check_jobs(orthanc: Servers, script: str) -> None:
    routes = """
import json

def on_anonymize(output, uri, groups, **request):
    output.AnswerBuffer(anonymize(study=groups[0]).submit(), "text/plain")

orthanc.RegisterRestCallback("/anonymize/(.*)", on_anonymize)
"""
    config = {**itself("archive"), "StableAge": 1, "ConcurrentJobs": 1}
    server = orthanc(script + routes, config=config)
    study = store(server, "1234")["ParentStudy"]
    counted = wait_for_end(server, server.get(f"/studies/{study}/count-tags").text)
    assert counted["State"] == "Success"
    assert counted["Content"]["Tags"] > 10
    ends = [server.get(f"/anonymize/{study}").text for _ in range(2)]
    for job in ends:
        end = wait_for_end(server, job)
        assert end["State"] == "Success", end
        assert end["Content"]["Result"]["Type"] == "Study"
    sent = "DicomModalityStore"
    wait_for(lambda: sent in [job["Type"] for job in server.get("/jobs?expand").json()], sent)


@page("docs/how-to/large-bodies.md")
def check_large_bodies(orthanc: Servers, script: str) -> None:
    config = itself("archive")
    script = script.replace("https://archive.example.org", f"http://127.0.0.1:{config['HttpPort']}")
    target = """
SIZES = []

def upload(output, uri, *, body, **request):
    SIZES.append(len(body.read()))
    output.AnswerBuffer(b"", "text/plain")

def sizes(output, uri, **request):
    output.AnswerBuffer(str(SIZES), "application/json")

orthanc.RegisterChunkedRestCallback("/upload", upload)
orthanc.RegisterRestCallback("/sizes", sizes)
"""
    server = orthanc(script + target, config=config)
    pieces = (b"x" * 1000 for _ in range(100))
    assert server.put("/forward", data=pieces).status_code == 200, server.log
    assert server.get("/sizes").json() == [100_000]


@page("docs/how-to/anonymizing.md")
def check_anonymizing(orthanc: Servers, script: str) -> None:
    closed = {"RefuseInstanceOnException": True}
    python: Any = orthanc.packages().get("Python", {})
    config = {"Python": {**python, **closed}}
    server = orthanc(script, config=config, env={"PSEUDONYM_KEY": "secret"})
    image = dicom.image("ID-7", PatientName="Curie^Marie", ReferringPhysicianName="Doctor^A")
    stored = server.post("/instances", data=dicom.encode(image)).json()["ID"]
    file = server.get(f"/instances/{stored}/file").content
    assert [text for text in (b"ID-7", b"Curie", b"Doctor", b"19700101") if text in file] == []
    assert server.get(f"/instances/{stored}/tags?simplify").json()["PatientID"].isalnum()

    del image.PatientID
    image.SOPInstanceUID = "1.2.3"
    assert server.post("/instances", data=dicom.encode(image)).status_code == 500
    burned = dicom.image(BurnedInAnnotation="YES")
    assert server.post("/instances", data=dicom.encode(burned)).json()["Status"] == "FilteredOut"
    assert server.get("/instances").json() == [stored]


@page("docs/how-to/retries.md")
def check_retries(orthanc: Servers, script: str) -> None:
    """The first attempt of the second job fails after its first series."""
    config = {**itself("archive"), "StableAge": 1}
    script = script.replace("delay=30", "delay=0.1").replace(
        'job.state["sent"] = ', 'fail_once(job)\n            job.state["sent"] = '
    )
    server = orthanc(
        script
        + """
def fail_once(job):
    if job.attempt == 1 and job.state:
        raise OSError("the line is busy")

@orthanc.route("/send/(.*)", methods=["POST"])
def send_now(request, study):
    return send_series(study=study, modality="archive").submit()
""",
        config=config,
    )
    study = store(server, "1234", "1.2.3", "1.2.3.1")["ParentStudy"]
    store(server, "1234", "1.2.3", "1.2.3.2")
    end = wait_for_end(server, server.post(f"/send/{study}").text)
    assert (end["State"], end["Progress"]) == ("Success", 100), server.log
    assert "OSError: the line is busy" in server.log
    sent = [job for job in server.get("/jobs?expand").json() if job["Type"] == "DicomModalityStore"]
    assert len(sent) >= 3  # the second series twice: it failed after it was sent
    wait_for(lambda: "send" in [job["Type"] for job in server.get("/jobs?expand").json()])


@page("docs/how-to/dask.md")
def check_dask(orthanc: Servers, script: str) -> None:
    server = orthanc(script, config=orthanc.packages())
    instance = store(server)["ID"]
    tags = server.get(f"/instances/{instance}/simplified-tags").json()
    answer = server.get(f"/instances/{instance}/tag-count", timeout=120)
    assert answer.json() == {"Tags": len(tags)}, server.log


@page("docs/how-to/free-threaded.md")
def check_free_threaded(orthanc: Servers, script: str) -> None:
    server = orthanc(script)
    assert [server.get("/counted").json()["Requests"] for _ in range(2)] == [1, 2]


@page("docs/how-to/security.md")
def check_security(orthanc: Servers, script: str) -> None:
    server = orthanc(script)
    assert server.get("/system").status_code == 200
    assert server.post("/tools/reset").status_code == 403
    assert server.post("/tools/shutdown/").status_code == 403
    assert server.get("/system").status_code == 200


@page("docs/how-to/web-applications.md")
def check_web_applications(orthanc: Servers, script: str) -> None:
    server = orthanc(script, config=orthanc.packages())
    store(server, "1234")
    version = server.get("/system").json()["Version"]
    assert server.get("/portal/").text == f"Orthanc {version}, user None"
    assert server.get("/api/patients/1234").json() == {"studies": 1}
    assert server.get("/api/me").status_code == 403


@page("docs/how-to/scripts.md")
def check_scripts(orthanc: Servers, script: str) -> None:
    server = orthanc(script)
    server.put("/routing/1/", json={"state": "sent"}).raise_for_status()
    assert server.get("/routing/1/").json() == {"study": "1", "state": "sent"}
    finding = {"study": "1", "text": "nodule"}
    assert server.post("/findings", json=finding).json() == finding
    refused = server.post("/findings", json={"text": "nodule"})
    assert refused.status_code == 422
    assert "missing 1 required positional argument: 'study'" in refused.json()["Message"]


@page("docs/how-to/processes.md")
def check_processes(orthanc: Servers, script: str) -> None:
    server = orthanc(script)
    instance = store(server)["ID"]
    tags = server.get(f"/instances/{instance}/simplified-tags").json()
    assert server.get(f"/instances/{instance}/analysis").json() == len(tags)


def check_start(orthanc: Servers, script: str) -> None:
    server = orthanc(script)
    server.stop()
    check_end(server)
    # Orthanc reports an error where the locale en_US.UTF-8 is not installed.
    assert re.search(r"^E(?!.*locale)|Traceback", server.log, re.MULTILINE) is None, server.log

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Jobs written in Python, as /jobs shows them, from the oldest supported Orthanc to the newest."""

from __future__ import annotations

import re

import pytest

from orthanc_python.server import Orthanc
from tests.support.jobs import info, wait_state, wait_until
from tests.support.servers import Servers, reset, seen

from .jobs_script import SCRIPT, permit, start


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where, config={"JobsHistorySize": 100})


def test_progress_content_and_result(server: Orthanc) -> None:
    job = start(server, "Count", n=4, gate="progress")
    assert wait_state(server, job, "Running")["Content"] == {}
    permit(server, "progress", 2)
    half = wait_until(server, job, lambda found: found["Progress"] == 50)
    assert half["Type"] == "Count"
    assert half["Content"] == {"Last": 1}
    permit(server, "progress", 2)
    done = wait_state(server, job, "Success")
    assert done["Progress"] == 100
    assert done["Content"] == {"Last": 3, "Result": {"Sum": 6}}
    assert ["stopped", "progress", 1] in seen(server)


def test_pause_and_resume(server: Orthanc) -> None:
    job = start(server, "Count", n=3, gate="pause")
    permit(server, "pause", 1)
    wait_until(server, job, lambda found: found["Progress"] == 33)
    assert server.post(f"/jobs/{job}/pause").status_code == 200
    paused = wait_state(server, job, "Paused")
    assert paused["Content"] == {"Last": 0}
    assert ["stopped", "pause", 2] in seen(server)
    assert ["ended", "pause"] not in seen(server)
    assert server.post(f"/jobs/{job}/resume").status_code == 200
    permit(server, "pause", 2)
    assert wait_state(server, job, "Success")["Content"]["Result"] == {"Sum": 3}


def test_cancel_runs_finally(server: Orthanc) -> None:
    job = start(server, "Count", n=3, gate="cancel")
    wait_state(server, job, "Running")
    assert server.post(f"/jobs/{job}/cancel").status_code == 200
    wait_state(server, job, "Failure")
    rows = seen(server)
    assert rows.index(["ended", "cancel"]) < rows.index(["stopped", "cancel", 4])


def test_a_paused_job_can_be_cancelled(server: Orthanc) -> None:
    job = start(server, "Count", n=2, gate="paused-cancel")
    permit(server, "paused-cancel", 1)
    wait_until(server, job, lambda found: found["Progress"] == 50)
    server.post(f"/jobs/{job}/pause")
    wait_state(server, job, "Paused")
    assert server.post(f"/jobs/{job}/cancel").status_code == 200
    wait_state(server, job, "Failure")
    assert ["ended", "paused-cancel"] not in seen(server)
    assert server.post(f"/jobs/{job}/resubmit").status_code == 200
    assert ["ended", "paused-cancel"] in seen(server)
    permit(server, "paused-cancel", 2)
    wait_state(server, job, "Success")


def test_a_resubmitted_job_begins_again(server: Orthanc) -> None:
    job = start(server, "Count", n=2, gate="again")
    permit(server, "again", 1)
    wait_until(server, job, lambda found: found["Progress"] == 50)
    server.post(f"/jobs/{job}/cancel")
    wait_state(server, job, "Failure")
    assert server.post(f"/jobs/{job}/resubmit").status_code == 200
    permit(server, "again", 1)
    wait_until(server, job, lambda found: found["Content"] == {"Last": 0})
    permit(server, "again", 1)
    assert wait_state(server, job, "Success")["Content"] == {"Last": 1, "Result": {"Sum": 1}}


def test_generator_function(server: Orthanc) -> None:
    job = start(server, "generated", first="a")
    done = wait_state(server, job, "Success")
    assert done["Type"] == "generated"
    assert done["Content"] == {"Id": job, "Result": ["a", 2]}


def test_function_without_yield(server: Orthanc) -> None:
    job = start(server, "plain")
    done = wait_state(server, job, "Success")
    assert (done["Type"], done["Content"], done["Progress"]) == ("renamed", {}, 100)
    assert ["plain", "plain", True] in seen(server)


def test_own_constructor_and_type(server: Orthanc) -> None:
    job = start(server, "Own", text="abc", priority=7)
    done = wait_state(server, job, "Success")
    assert done["Type"] == "another-name"
    assert done["Priority"] == 7
    assert done["Content"] == {"Result": "ABC"}


PROGRESS = "the progress of the job 'failing' must be a number from 0 to 1"
NOT_JSON = "the parameters, content and state of the job 'failing' must be JSON"


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("error", "ValueError: on purpose"),
        ("progress", f"ValueError: {PROGRESS}, not 1.5"),
        ("text", f"ValueError: {PROGRESS}, not 'half'"),
        ("content", f"TypeError: {NOT_JSON}: Object of type object is not JSON serializable"),
        ("nan", f"TypeError: {NOT_JSON}: Out of range float values are not JSON compliant"),
        ("exit", "SystemExit: 3"),
    ],
)
def test_a_failing_step_fails_the_job(server: Orthanc, how: str, error: str) -> None:
    job = start(server, "failing", how=how)
    failed = wait_state(server, job, "Failure")
    assert failed["Content"]["Error"].startswith(error)
    assert failed["Progress"] == 25
    assert failed["ErrorCode"] == 1
    server.wait_for_log(r"Error in a Python job, traceback:\nTraceback \(most recent call last\):")
    found = server.wait_for_log(rf"^{re.escape(error)}")
    assert server.log.count(found[0]) == 1


def test_job_without_run(server: Orthanc) -> None:
    failed = wait_state(server, start(server, "Unfinished"), "Failure")
    assert failed["Content"] == {"Error": "NotImplementedError: Unfinished.run() is missing"}


def test_a_waiting_job_blocks_no_other_job(server: Orthanc) -> None:
    job = start(server, "Count", n=1, gate="waiting")
    wait_state(server, job, "Running")
    other = start(server, "Own", text="meanwhile")  # on the second thread of the jobs engine
    wait_state(server, other, "Success")
    assert job in server.get("/jobs").json()
    permit(server, "waiting", 1)
    wait_state(server, job, "Success")


def test_wrong_use_of_jobs_raises(server: Orthanc) -> None:
    results = server.get("/wrong").json()
    expected = [
        ("RuntimeError", "not submitted yet"),
        ("RuntimeError", "only once"),
        ("TypeError", "'first'"),
        ("returned", ""),
        ("TypeError", "not JSON serializable"),
        ("ValueError", "two classes for jobs of the type 'Count'"),
        ("TypeError", "must name all its parameters"),
        ("TypeError", "argument 'job' has no method step()"),
        ("TypeError", "argument 'job_type' must be str, not int"),
        ("TypeError", "orthanc.job decorates a function, not int"),
        ("TypeError", "derive a class from orthanc.BaseJob"),
        ("returned", ""),
        ("TypeError", "argument 'priority' must be int, not str"),
        ("returned", ""),
        ("ValueError", "no longer valid|submitted already"),
    ]
    for result, (kind, text) in zip(results, expected):
        assert result[0] == kind, result
        assert any(part in str(result[1]) for part in text.split("|")), result
    assert len(results) == len(expected)


RAW = """
import json
import orthanc
from recorder import answer, record, route


class Raw:
    def __init__(self, left):
        self.left = left

    def step(self):
        self.left -= 1
        if self.left < 0:
            return {'yes': True, 'text': 'done', 'big': 9}[MODE]
        status = orthanc.JobStepStatus
        return status.CONTINUE if self.left else status.SUCCESS

    def stop(self, reason):
        record('stop', reason)

    def reset(self):
        pass

    def get_progress(self):
        return 0.5

    def get_content(self):
        return {'Left': self.left}

    def get_serialized(self):
        return json.dumps({'left': self.left})


def restore(kind, serialized):
    record('restore', kind, json.loads(serialized))
    return orthanc.CreateJob(kind, Raw(json.loads(serialized)['left'])) if kind == 'raw' else None


orthanc.RegisterJobsUnserializer(restore)


@route('/raw/(.+)/(.+)')
def raw(output, uri, groups, **request):
    global MODE
    MODE = groups[1]
    answer(output, orthanc.CreateJob('raw', Raw(int(groups[0]))).SubmitJob(1))


@route('/unused')
def unused(output, uri, **request):
    job = orthanc.CreateJob('raw', Raw(1))
    del job
    answer(output, 'freed')
"""


def test_job_of_callbacks(orthanc: Servers, where: str | None) -> None:
    server = orthanc(RAW, debian=where)
    done = wait_state(server, server.get("/raw/2/none").json(), "Success")
    assert (done["Type"], done["Priority"], done["Content"]) == ("raw", 1, {"Left": 0})
    assert server.get("/unused").json() == "freed"
    for mode, error in {
        "yes": "True is not a value of orthanc.JobStepStatus",
        "text": "The result of a step of a job must be int, not str",
        "big": "9 is not a value of orthanc.JobStepStatus",
    }.items():
        wait_state(server, server.get(f"/raw/0/{mode}").json(), "Failure")
        server.wait_for_log(error)


def test_job_of_callbacks_is_restored(orthanc: Servers, where: str | None) -> None:
    server = orthanc(RAW, debian=where)
    job = server.get("/raw/1000000000/none").json()
    wait_state(server, job, "Running")  # a pending job would be paused without a call of stop()
    server.post(f"/jobs/{job}/pause")
    content = wait_state(server, job, "Paused")["Content"]
    assert ["stop", 2] in seen(server)
    reset(server)
    assert ["restore", "raw", {"Type": "raw", "left": content["Left"]}] in seen(server)
    assert info(server, job)["Content"] == content
    server.post(f"/jobs/{job}/resume")
    wait_until(server, job, lambda found: found["Content"]["Left"] < content["Left"])
    server.post(f"/jobs/{job}/cancel")
    wait_state(server, job, "Failure")

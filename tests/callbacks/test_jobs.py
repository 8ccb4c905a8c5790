# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Jobs written in Python, as /jobs shows them, from the oldest supported Orthanc to the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen, wait_for

SCRIPT = """
import json
import threading
import orthanc
from recorder import answer, outcome, record, route

GATES = {}  # name -> semaphore: a job takes one permit for each thing it does


def gate(name):
    return GATES.setdefault(name, threading.Semaphore(0))


def permits(name):
    '''Steps that do nothing, until there is a permit.'''
    while not gate(name).acquire(timeout=0.05):
        yield


class Count(orthanc.BaseJob):
    '''Counts to n, as far as its gate permits.'''

    def run(self):
        try:
            for i in range(self.state.get('next', 0), self.parameters['n']):
                yield from permits(self.parameters['gate'])
                self.state['next'] = i + 1
                self.content['Last'] = i
                yield (i + 1) / self.parameters['n']
            return {'Sum': sum(range(self.parameters['n']))}
        finally:
            record('ended', self.parameters['gate'])

    def stopped(self, reason):
        record('stopped', self.parameters['gate'], reason)


class Forgotten(orthanc.BaseJob):
    restorable = False

    def run(self):
        yield from permits('forgotten')


class Own(orthanc.BaseJob):
    job_type = 'another-name'

    def __init__(self, text):
        super().__init__(text=text)

    def run(self):
        return self.parameters['text'].upper()


@orthanc.job
def generated(job, first, second=2):
    job.content['Id'] = job.id
    yield 0.5
    return [first, second]


@orthanc.job(job_type='renamed')
def plain(job):
    record('plain', type(job).__name__, threading.current_thread().name != 'MainThread')


@orthanc.job
def failing(job, how):
    job.content['Before'] = 'kept'
    yield 0.25
    if how == 'error':
        raise ValueError('on purpose')
    if how == 'progress':
        yield 1.5
    if how == 'text':
        yield 'half'
    if how == 'content':
        job.content['Bad'] = object()
        yield 0.5
    if how == 'nan':
        job.content['Bad'] = float('nan')
        yield 0.5
    if how == 'exit':
        raise SystemExit(3)


class Unfinished(orthanc.BaseJob):
    pass


@route('/start')
def start(output, uri, method, body, **request):
    wanted = json.loads(body)
    kind = {'Count': Count, 'Forgotten': Forgotten, 'Own': Own, 'generated': generated,
            'plain': plain, 'failing': failing, 'Unfinished': Unfinished}[wanted.pop('kind')]
    priority = wanted.pop('priority', 0)
    job = kind(**wanted)
    answer(output, {'ID': job.submit(priority), 'Same': job.id})


@route('/permit/(.+)/(.+)')
def permit(output, uri, groups, **request):
    for _ in range(int(groups[1])):
        gate(groups[0]).release()
    answer(output, {})


@route('/wrong')
def wrong(output, uri, **request):
    job = Own('once')
    again = Own('twice')
    again.submit()
    raw = orthanc.CreateJob('raw', again)
    answer(output, [
        outcome(lambda: job.id),
        outcome(again.submit),
        outcome(generated),
        outcome(failing, how=object()),
        outcome(lambda: failing(how=object()).submit()),
        outcome(lambda: type('Own', (orthanc.BaseJob,), {'job_type': 'Count'})),
        outcome(orthanc.job, lambda job, **more: None),
        outcome(orthanc.CreateJob, 'raw', object()),
        outcome(orthanc.CreateJob, 3, again),
        outcome(orthanc.RegisterJobsUnserializer, print),
        outcome(raw.SubmitJob, 'high'),
        outcome(lambda: bool(raw.SubmitJob())),
        outcome(raw.SubmitJob),
    ])
"""


@pytest.fixture(
    scope="module",
    params=[None, pytest.param("sid", marks=pytest.mark.suites)],
    ids=["here", "sid"],
)
def server(module_orthanc: Servers, request: pytest.FixtureRequest) -> Orthanc:
    return module_orthanc(SCRIPT, suite=request.param, config={"JobsHistorySize": 100})


def start(server: Orthanc, kind: str, **arguments: Any) -> str:
    answer = server.post("/start", json={"kind": kind, **arguments})
    assert answer.status_code == 200, answer.text
    assert answer.json()["ID"] == answer.json()["Same"]
    identifier: str = answer.json()["ID"]
    return identifier


def info(server: Orthanc, job: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/jobs/{job}").json()
    return found


def wait_until(server: Orthanc, job: str, test: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    last: dict[str, Any] = {}

    def true() -> bool:
        nonlocal last
        last = info(server, job)
        return test(last)

    try:
        wait_for(true)
    except TimeoutError as error:
        raise AssertionError(f"{last}") from error
    return last


def wait_state(server: Orthanc, job: str, state: str) -> dict[str, Any]:
    return wait_until(server, job, lambda found: found["State"] == state)


def permit(server: Orthanc, gate: str, count: int) -> None:
    assert server.get(f"/permit/{gate}/{count}").status_code == 200


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


def test_cancelled_while_paused(server: Orthanc) -> None:
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


def test_resubmitted_job_begins_again(server: Orthanc) -> None:
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


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("error", "ValueError: on purpose"),
        ("progress", "ValueError: the progress of a job goes from 0 to 1: 1.5"),
        ("text", "ValueError: could not convert string to float: 'half'"),
        ("content", "TypeError: Object of type object is not JSON serializable"),
        ("nan", "ValueError: Out of range float values are not JSON compliant"),
        ("exit", "SystemExit: 3"),
    ],
)
def test_failure(server: Orthanc, how: str, error: str) -> None:
    job = start(server, "failing", how=how)
    failed = wait_state(server, job, "Failure")
    assert failed["Content"]["Error"].startswith(error)
    assert failed["Progress"] == 25
    assert failed["ErrorCode"] == 1
    server.wait_for_log(r"Error in a Python job, traceback:\nTraceback \(most recent call last\):")
    name, _, text = error.partition(": ")
    server.wait_for_log(rf"^{name}: {text[:20]}".replace("(", r"\("))


def test_job_without_run(server: Orthanc) -> None:
    failed = wait_state(server, start(server, "Unfinished"), "Failure")
    assert failed["Content"] == {"Error": "NotImplementedError: Unfinished.run() is missing"}


def test_a_waiting_job_blocks_nobody(server: Orthanc) -> None:
    job = start(server, "Count", n=1, gate="waiting")
    wait_state(server, job, "Running")
    other = start(server, "Own", text="meanwhile")  # on the second thread of the jobs engine
    wait_state(server, other, "Success")
    assert job in server.get("/jobs").json()
    permit(server, "waiting", 1)
    wait_state(server, job, "Success")


def test_wrong_use(server: Orthanc) -> None:
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
        ("RuntimeError", "Can only register one callback to restore jobs"),
        ("TypeError", "argument 'priority' must be int, not str"),
        ("returned", ""),
        ("ValueError", "no longer valid|submitted already"),
    ]
    for result, (kind, text) in zip(results, expected):
        assert result[0] == kind, result
        assert any(part in str(result[1]) for part in text.split("|")), result
    assert len(results) == len(expected)


@pytest.mark.parametrize(
    "where", [None, pytest.param("sid", marks=pytest.mark.suites)], ids=["here", "sid"]
)
def test_jobs_survive_a_restart(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, suite=where)
    running = start(server, "Count", n=4, gate="running")
    permit(server, "running", 2)
    wait_until(server, running, lambda found: found["Progress"] == 50)
    paused = start(server, "Count", n=2, gate="paused")
    server.post(f"/jobs/{paused}/pause")
    wait_state(server, paused, "Paused")
    forgotten = start(server, "Forgotten")
    assert server.post("/tools/reset").status_code == 200
    server.wait_for_log(r"(?s)Python plugin is finalizing.*Orthanc has started")
    found = wait_for(lambda: _jobs(server), "the jobs after the restart")
    assert {running, paused} <= set(found)
    assert forgotten not in found
    again = info(server, running)
    assert again["Content"] == {"Last": 1}
    assert (again["Type"], again["Progress"]) == ("Count", 50)
    assert info(server, paused)["State"] == "Paused"
    permit(server, "running", 2)
    done = wait_state(server, running, "Success")
    assert done["Content"] == {"Last": 3, "Result": {"Sum": 6}}
    server.post(f"/jobs/{paused}/resume")
    permit(server, "paused", 2)
    assert wait_state(server, paused, "Success")["Content"]["Result"] == {"Sum": 1}


def _jobs(server: Orthanc) -> list[str]:
    try:
        answer = server.get("/jobs")
    except OSError:
        return []
    found: list[str] = answer.json() if answer.status_code == 200 else []
    return found


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


def test_job_of_callbacks(orthanc: Servers) -> None:
    server = orthanc(RAW)
    done = wait_state(server, server.get("/raw/2/none").json(), "Success")
    assert (done["Type"], done["Priority"], done["Content"]) == ("raw", 1, {"Left": 0})
    assert server.get("/unused").json() == "freed"
    for mode, error in {
        "yes": "True is not a value of orthanc.JobStepStatus",
        "text": "What a step of a job returns must be int, not str",
        "big": "9 is not a value of orthanc.JobStepStatus",
    }.items():
        wait_state(server, server.get(f"/raw/0/{mode}").json(), "Failure")
        server.wait_for_log(error)


LOST = """
import orthanc
from recorder import answer, route


class Lost(orthanc.BaseJob):
    def __init__(self, **parameters):
        if orthanc.GetGlobalProperty(5000, '') == 'submitted':
            raise ValueError('cannot be made again')
        super().__init__(**parameters)

    def run(self):
        while True:
            yield self.parameters['progress']


@route('/start')
def start(output, uri, **request):
    job = Lost(progress=0.5).submit()
    orthanc.SetGlobalProperty(5000, 'submitted')
    answer(output, job)
"""


def test_job_that_cannot_be_restored(orthanc: Servers) -> None:
    server = orthanc(LOST)
    wait_until(server, server.get("/start").json(), lambda found: found["Progress"] == 50)
    server.post("/tools/reset")
    server.wait_for_log("Error while restoring a Python job, traceback:")
    server.wait_for_log("ValueError: cannot be made again")
    server.wait_for_log(r"(?s)Python plugin is finalizing.*Orthanc has started")
    assert wait_for(lambda: _answers(server), "Orthanc after the restart")
    assert server.get("/jobs").json() == []


def _answers(server: Orthanc) -> bool:
    try:
        return server.get("/system").status_code == 200
    except OSError:
        return False

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""As many Python jobs wait for other jobs as the jobs engine has threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orthanc_python.ports import free_port
from orthanc_python.server import Orthanc
from tests.support import dicom
from tests.support.jobs import info, wait_for_end, wait_state
from tests.support.servers import Servers, check_end, reset, seen, wait_for

SCRIPT = """
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
import orthanc
from recorder import answer, record, route

GATE = threading.Event()  # holds jobs back until all of them are submitted
LATCH = threading.Event()


def post(uri, **body):
    return json.loads(orthanc.RestApiPost(uri, json.dumps(body)))


def wait_in_step(job):
    while orthanc.rest.get('/jobs/' + job).json()['State'] not in ('Success', 'Failure'):
        time.sleep(0.1)


class Waiting(orthanc.BaseJob):
    def run(self):
        yield 0.1
        GATE.wait()
        result = getattr(self, self.parameters['how'])(self.parameters['study'])
        if hasattr(result, 'send'):
            result = yield from result
        return result

    def stopped(self, reason):
        record('stopped', self.id, reason)

    def store(self, study):
        return post('/modalities/self/store', Resources=[study], Synchronous=True)['InstancesCount']

    def modify(self, study):
        return post(f'/studies/{study}/modify', Replace={'PatientName': 'A'}, Force=True,
                    Keep=['StudyInstanceUID'], Synchronous=True)['Type']

    def archive(self, study):
        return len(orthanc.rest.get(f'/studies/{study}/archive').raise_for_status().content) > 100

    def route(self, study):
        return orthanc.rest.post('/store', json=study).raise_for_status().json()

    def poll_in_step(self, study):
        wait_in_step(post('/modalities/self/store', Resources=[study], Synchronous=False)['ID'])
        return 1

    def poll_between_steps(self, study):
        job = post('/modalities/self/store', Resources=[study], Synchronous=False)['ID']
        while orthanc.rest.get('/jobs/' + job).json()['State'] not in ('Success', 'Failure'):
            time.sleep(0.05)
            yield 0.5
        return 1

    def python_job(self, study):
        wait_in_step(Waiting(how='store', study=study).submit())
        return 1

    def threads(self, study):
        with ThreadPoolExecutor(2) as threads:
            return sum(threads.map(self.store, [study, study]))

    def latch(self, study):
        if not LATCH.is_set():
            orthanc.rest.get('/latch')
        return 'free'

    def undetected(self, study):
        LATCH.wait()
        return 'free'


@route('/store')
def on_store(output, uri, body, **request):
    answer(output, Waiting(how='', study='').store(json.loads(body)))


@route('/latch')
def on_latch(output, uri, **request):
    LATCH.wait()
    answer(output, None)


@route('/start/(.*)/(.*)/(.*)')
def on_start(output, uri, groups, **request):
    how, study, count = groups
    jobs = [Waiting(how=how, study=study).submit() for _ in range(int(count))]
    GATE.set()
    answer(output, jobs)


@route('/open')
def on_open(output, uri, **request):
    LATCH.set()
    answer(output, None)
"""


@pytest.fixture
def start(orthanc: Servers, where: str | None) -> Callable[..., Orthanc]:
    def run(**config: Any) -> Orthanc:
        port = free_port()
        config["DicomPort"] = port
        config["DicomModalities"] = {"self": ["ORTHANC", "127.0.0.1", port]}
        config["JobsHistorySize"] = 100
        config["OverwriteInstances"] = True
        return orthanc(SCRIPT, debian=where, config=config)

    return run


def submit(server: Orthanc, how: str, count: int) -> list[str]:
    study = server.post("/instances", data=dicom.encode(dicom.image())).json()["ParentStudy"]
    jobs: list[str] = server.get(f"/start/{how}/{study}/{count}").json()
    return jobs


FORMS = {
    "store": 1,
    "modify": "Study",
    "archive": True,
    "route": 1,
    "poll_in_step": 1,
    "poll_between_steps": 1,
    "python_job": 1,
    "threads": 2,
}


@pytest.mark.parametrize("how", FORMS)
@pytest.mark.parametrize("threads", [1, 2])
def test_jobs_wait_for_other_jobs(start: Callable[..., Orthanc], how: str, threads: int) -> None:
    server = start(ConcurrentJobs=threads)
    jobs = submit(server, how, threads + 1)
    for job in jobs:
        end = wait_for_end(server, job)
        assert end["Content"].get("Result") == FORMS[how], end
    assert not [row for row in seen(server) if row[0] == "stopped" and row[2] == 2]


def test_as_many_threads_as_processors(start: Callable[..., Orthanc]) -> None:
    server = start(ConcurrentJobs=0)
    found = server.wait_for_log(r"The jobs engine has started with (\d+) threads")
    for job in submit(server, "store", int(found[1])):
        assert wait_for_end(server, job)["Content"]["Result"] == 1


def test_a_job_keeps_its_thread_while_no_other_is_pending(start: Callable[..., Orthanc]) -> None:
    server = start(ConcurrentJobs=1)
    (job,) = submit(server, "latch", 1)
    wait_state(server, job, "Running")
    (other,) = server.get("/start/latch/x/1").json()
    wait_state(server, job, "Paused")  # now another job is pending
    wait_state(server, other, "Running")
    server.get("/open")
    assert wait_for_end(server, job)["Content"]["Result"] == "free"
    assert wait_for_end(server, other)["Content"]["Result"] == "free"


@pytest.mark.parametrize("where", [None], ids=["here"], indirect=True)  # it takes 30 s
def test_the_log_names_a_job_that_may_wait_undetected(start: Callable[..., Orthanc]) -> None:
    server = start(ConcurrentJobs=1)
    jobs = submit(server, "undetected", 2)
    named = server.wait_for_log(
        r"The Python job (\S+) has been in one step for 30 s while other jobs are pending\. .*"
        r"it may wait forever: use orthanc\.rest instead"
    )
    assert info(server, named[1])["State"] == "Running"
    server.get("/open")
    for job in jobs:
        assert wait_state(server, job, "Success")["Content"]["Result"] == "free"
    assert server.log.count("may wait forever") == 1


def test_a_waiting_job_can_be_cancelled_and_submitted_again(
    start: Callable[..., Orthanc],
) -> None:
    server = start(ConcurrentJobs=1)
    job, other = submit(server, "latch", 2)
    wait_for(lambda: "Paused" in (info(server, job)["State"], info(server, other)["State"]))
    paused = job if info(server, job)["State"] == "Paused" else other
    assert server.post(f"/jobs/{paused}/cancel").status_code == 200
    assert info(server, paused)["State"] == "Failure"
    assert server.post(f"/jobs/{paused}/resubmit").status_code == 200
    server.get("/open")
    for identifier in (job, other):
        assert wait_state(server, identifier, "Success")["Content"]["Result"] == "free"


def test_a_waiting_job_can_be_resumed_by_hand(start: Callable[..., Orthanc]) -> None:
    server = start(ConcurrentJobs=1)
    jobs = submit(server, "latch", 2)
    wait_for(lambda: any(info(server, job)["State"] == "Paused" for job in jobs))
    paused = next(job for job in jobs if info(server, job)["State"] == "Paused")
    assert server.post(f"/jobs/{paused}/resume").status_code == 200
    server.get("/open")
    for job in jobs:
        assert wait_state(server, job, "Success")["Content"]["Result"] == "free"


def test_a_stop_lets_calls_of_jobs_return_and_saves_the_jobs(
    start: Callable[..., Orthanc],
) -> None:
    server = start(ConcurrentJobs=1)
    jobs = submit(server, "store", 3)
    reset(server)
    server.get("/start/store/x/0")  # opens the gate
    for job in jobs:
        assert wait_for_end(server, job)["Content"].get("Result") == 1
    submit(server, "store", 3)
    server.stop()
    check_end(server)


def test_waiting_jobs_go_on_after_a_reset(start: Callable[..., Orthanc]) -> None:
    server = start(ConcurrentJobs=1)
    jobs = submit(server, "latch", 2)
    wait_for(lambda: any(info(server, job)["State"] == "Paused" for job in jobs))
    server.get("/open")
    reset(server)
    server.get("/start/latch/x/0")  # opens the gate
    server.get("/open")
    for job in jobs:
        assert wait_state(server, job, "Success")["Content"]["Result"] == "free"

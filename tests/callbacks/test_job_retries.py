# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python jobs that start again after a failure."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.debian_chroots import Chroot
from tests.support.jobs import info, wait_for_end, wait_state, wait_until
from tests.support.servers import OLDEST_TO_NEWEST, Servers, reset, seen, wait_for

SCRIPT = """
import json
import orthanc
from recorder import answer, record, route

LONG = 600


@orthanc.job(retries=2, delay=0.2)
def soon(job, failures):
    record('soon', job.attempt)
    if job.attempt <= failures:
        raise OSError(f'on{chr(10)}purpose {job.attempt}')
    return job.attempt


@orthanc.job(retries=1, delay=LONG)
def late(job):
    job.state['begun'] = job.state.get('begun', 0) + 1
    yield 0.5
    if job.attempt == 1:
        job.state['begun'] = 'dropped'
        raise ConnectionError('no peer')
    return job.state['begun']


class Mistaken(orthanc.BaseJob):
    retries = 5

    def run(self):
        self.missing()

    def stopped(self, reason):
        record('stopped', reason)


class Raw:
    waited = False

    def step(self):
        self.waited, before = True, self.waited
        return 1 if before else 0.3

    def stop(self, reason):
        record('raw stopped', reason)

    def reset(self): pass
    def get_progress(self): return 0.25
    def get_content(self): return {'Raw': self.waited}
    def get_serialized(self): return None


@route('/start/(.*)')
def start(output, uri, groups, body, **request):
    arguments = json.loads(body)
    if groups[0] == 'raw':
        answer(output, orthanc.CreateJob('raw', Raw()).SubmitJob())
    else:
        kind = {'soon': soon, 'late': late, 'mistaken': Mistaken}[groups[0]]
        answer(output, kind(**arguments).submit())
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def where(request: pytest.FixtureRequest) -> str | None:
    name: str | None = request.param
    return name


def start(server: Orthanc, kind: str, **arguments: object) -> str:
    job: str = server.post(f"/start/{kind}", json=arguments).json()
    return job


def wait_for_retry(server: Orthanc, job: str) -> None:
    found = wait_until(
        server, job, lambda found: found["State"] == "Paused" and "Retry" in found["Content"]
    )
    retry = found["Content"]["Retry"]
    assert (retry["FailedAttempts"], retry["Error"]) == (1, "ConnectionError: no peer")
    assert found["Progress"] == 50


def test_a_failed_job_starts_again_until_no_retry_is_left(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(SCRIPT, debian=where, config={"ConcurrentJobs": 1})
    recovering = start(server, "soon", failures=1)
    assert wait_for_end(server, recovering)["Content"] == {"Result": 2}
    server.wait_for_log(
        re.escape(f"The Python job soon ({recovering}) failed at attempt 1 of 3, the next attempt")
        + r" follows in 0\.2 s: OSError: on\\x0apurpose 1"
    )
    failing = start(server, "soon", failures=3)
    end = wait_for_end(server, failing)
    assert (end["State"], end["Content"]) == ("Failure", {"Error": "OSError: on\npurpose 3"})
    server.wait_for_log(r"soon \(.*\) failed at attempt 3 of 3, no other attempt follows")
    server.wait_for_log("Error in a Python job, traceback:")
    assert [row[1] for row in seen(server)] == [1, 2, 1, 2, 3]


def test_a_mistake_fails_the_job_at_once(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where)
    job = start(server, "mistaken")
    end = wait_for_end(server, job)
    assert end["Content"]["Error"].startswith("AttributeError: ")
    wait_for(lambda: seen(server) == [["stopped", 3]])


def test_waiting_jobs_occupy_no_thread_and_can_be_resumed_or_cancelled(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(SCRIPT, debian=where, config={"ConcurrentJobs": 1})
    jobs = [start(server, "late") for _ in range(5)]
    for job in jobs:
        wait_for_retry(server, job)
    other = start(server, "soon", failures=0)
    assert wait_for_end(server, other)["State"] == "Success"
    assert server.post(f"/jobs/{jobs[0]}/resume").status_code == 200
    assert wait_for_end(server, jobs[0])["Content"] == {"Result": 2}
    assert server.post(f"/jobs/{jobs[1]}/cancel").status_code == 200
    assert info(server, jobs[1])["State"] == "Failure"
    assert server.post(f"/jobs/{jobs[1]}/resubmit").status_code == 200
    wait_for_retry(server, jobs[1])  # its attempts start over


def test_a_step_of_the_low_level_function_can_wait(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where)
    job = start(server, "raw")
    assert wait_for_end(server, job)["State"] == "Success"
    assert seen(server) == [["raw stopped", 1]]


@pytest.mark.parametrize("how", ["reset", "restart"])
def test_a_waiting_job_survives(
    orthanc: Servers, where: str | None, how: str, chroot: Callable[[str], Chroot]
) -> None:
    root = chroot(where).root if where is not None else Path("/")
    with tempfile.TemporaryDirectory(dir=root / "tmp") as storage:
        server = orthanc(SCRIPT, debian=where, storage=Path(storage))
        job = start(server, "late")
        wait_for_retry(server, job)
        due = info(server, job)["Content"]["Retry"]["NextAttempt"]
        if how == "reset":
            reset(server)
        else:
            assert server.stop() == 0
            server = orthanc(SCRIPT, debian=where, storage=Path(storage))
        wait_for_retry(server, job)
        assert info(server, job)["Content"]["Retry"]["NextAttempt"] == due
        assert server.post(f"/jobs/{job}/resume").status_code == 200
        assert wait_state(server, job, "Success")["Content"] == {"Result": 2}
        assert server.stop() == 0

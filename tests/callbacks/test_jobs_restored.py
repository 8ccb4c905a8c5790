# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Jobs written in Python that Orthanc saves and restores."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.debian_chroots import Chroot
from tests.support.jobs import info, wait_state, wait_until
from tests.support.servers import Servers, reset, seen

from .jobs_script import SCRIPT, permit, start

WHERE = pytest.mark.parametrize(
    "where",
    [
        pytest.param(None, marks=pytest.mark.this_machine),
        pytest.param("sid", marks=pytest.mark.chroot),
    ],
    ids=["here", "sid"],
)


@pytest.fixture
def storage(where: str | None, chroot: Callable[[str], Chroot]) -> Iterator[Path]:
    """A folder that two Orthancs use, one after the other."""
    root = chroot(where).root if where is not None else Path("/")
    folder = Path(tempfile.mkdtemp(dir=root / "tmp"))
    yield folder
    shutil.rmtree(folder)


def begin(server: Orthanc) -> tuple[str, str, str]:
    """Start one job that is half done, one that is paused, and one that is not saved."""
    running = start(server, "Count", n=4, gate="running")
    permit(server, "running", 2)
    wait_until(server, running, lambda found: found["Progress"] == 50)
    paused = start(server, "Count", n=2, gate="paused")
    server.post(f"/jobs/{paused}/pause")
    wait_state(server, paused, "Paused")
    return running, paused, start(server, "Forgotten")


def finish(server: Orthanc, running: str, paused: str, forgotten: str) -> None:
    found = server.get("/jobs").json()
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


@WHERE
def test_jobs_survive_a_reset(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where)
    jobs = begin(server)
    reset(server)
    finish(server, *jobs)


@WHERE
def test_jobs_survive_a_restart(orthanc: Servers, where: str | None, storage: Path) -> None:
    """A new process restores them."""
    server = orthanc(SCRIPT, debian=where, storage=storage)
    jobs = begin(server)
    assert server.stop() == 0
    finish(orthanc(SCRIPT, debian=where, storage=storage), *jobs)


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
    reset(server)
    server.wait_for_log("Error while restoring a Python job, traceback:")
    server.wait_for_log("ValueError: cannot be made again")
    assert server.get("/jobs").json() == []


LATIN = """
import threading
import orthanc
from recorder import record, route

LATIN = 'M\\udcfcller'
GO = threading.Event()


@orthanc.job
def remember(job, user):
    job.state['user'] = user
    yield 0.5
    while not GO.wait(0.01):
        yield 0.5
    record(user, job.state['user'])


@route('/begin')
def begin(output, uri, **request):
    output.AnswerBuffer(remember(LATIN).submit(), 'text/plain')


@route('/go')
def go(output, uri, **request):
    GO.set()
    output.AnswerBuffer('', 'text/plain')
"""


@WHERE
def test_text_that_is_not_utf_8_is_restored(
    orthanc: Servers, where: str | None, storage: Path
) -> None:
    server = orthanc(LATIN, debian=where, storage=storage)
    job = server.get("/begin").text
    wait_until(server, job, lambda found: found["Progress"] == 50)
    server.stop()
    server = orthanc(LATIN, debian=where, storage=storage)
    server.get("/go")
    wait_state(server, job, "Success")
    assert seen(server) == [["M\udcfcller", "M\udcfcller"]]

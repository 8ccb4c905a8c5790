# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""JSON of jobs that Orthanc's reader refuses: Orthanc reads it on threads that catch nothing."""

from __future__ import annotations

import pytest

from orthanc_python.server import Orthanc
from tests.support.jobs import wait_for_end, wait_state, wait_until
from tests.support.servers import Servers, reset, seen

SCRIPT = r"""
import json
import threading
import orthanc
from recorder import answer, record, route

GO = threading.Event()


def deep(levels):
    value = 0
    for _ in range(levels):
        value = [value]
    return value


DOCUMENTS = {
    'garbage': 'garbage',
    'bytes': b'garbage',
    'list': '[1]',
    'deep': '{"a": %s}' % json.dumps(deep(600)),
    'dict': {'a': deep(600)},
    'infinite': '{"a": 1e999}',
    'nan': '{"a": NaN}',
    'long': {'a': 10 ** 400},
}


class Raw:
    def __init__(self, kind):
        self.kind, self.steps = kind, 0

    def step(self):
        self.steps += 1
        return orthanc.JobStepStatus.CONTINUE if self.steps < 3 else orthanc.JobStepStatus.SUCCESS

    def stop(self, reason):
        pass

    def reset(self):
        pass

    def get_progress(self):
        return 0.5

    def get_content(self):
        return DOCUMENTS[self.kind] if self.steps else {}

    get_serialized = get_content


@route('/raw/(.*)')
def raw(output, uri, groups, **request):
    answer(output, orthanc.CreateJob('raw', Raw(groups[0])).SubmitJob(0))


@orthanc.job
def show(job, patient):
    yield 0.5
    job.content['Patient'] = patient
    yield 0.6


@orthanc.route('/show', ['POST'])
def on_show(request):
    return show(request.json()).submit()


@orthanc.job
def keep(job, values):
    yield 0.5
    while not GO.wait(0.01):
        yield 0.5
    record(values == VALUES)


VALUES = [chr(0xD83C), chr(0xDCFF), deep(600), 10 ** 400, 2 ** 64 + 1, 'x\0"']


@orthanc.route('/keep')
def on_keep(request):
    return keep(VALUES).submit()


@orthanc.route('/go')
def on_go(request):
    GO.set()
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("garbage", "JSONDecodeError: Expecting value"),
        ("bytes", "JSONDecodeError: Expecting value"),
        ("list", "TypeError: Orthanc expects a dict or the JSON of an object"),
        ("deep", "ValueError: the JSON of a job must not have more than 500 levels"),
        ("dict", "ValueError: the JSON of a job must not have more than 500 levels"),
        ("infinite", "ValueError: Out of range float values"),
        ("nan", "ValueError: Out of range float values"),
        ("long", "ValueError: the JSON of a job must not contain numbers beyond the range"),
    ],
)
def test_an_unreadable_document_is_reported(server: Orthanc, kind: str, error: str) -> None:
    before = len(server.log)
    done = wait_for_end(server, server.get(f"/raw/{kind}").json())
    assert (done["State"], done["Content"]) == ("Success", {})
    assert error in server.log[before:]


def test_text_from_a_client_is_shown(server: Orthanc) -> None:
    """JSON escapes of surrogates that no pair completes are valid JSON."""
    job = server.post("/show", data=rb'["\ud83c", "\udcff", "\ud83c\udf4e", "\u0000\"{"]').text
    shown = wait_state(server, job, "Success")["Content"]["Patient"]
    assert shown == ["\ufffd", "\ufffd", "\U0001f34e", '\0"{']


def test_values_of_a_client_that_cannot_be_shown_fail_the_job(server: Orthanc) -> None:
    for value, error in {
        "[" * 600 + "]" * 600: "the JSON of a job must not have more than 500 levels",
        "-" + "9" * 400: "the JSON of a job must not contain numbers beyond the range of a float",
    }.items():
        done = wait_for_end(server, server.post("/show", data=value).text)
        assert done["State"] == "Failure"
        assert error in str(done["Content"]["Error"])


def test_values_that_orthanc_would_change_are_kept(server: Orthanc) -> None:
    job = server.get("/keep").text
    wait_until(server, job, lambda found: found["Progress"] == 50)
    reset(server)
    server.get("/go")
    wait_state(server, job, "Success")
    assert seen(server) == [[True]]

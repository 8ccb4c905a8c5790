# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks made with async def, and orthanc.aio."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, newest_orthanc, reset, seen, wait_for

SCRIPT = """
import asyncio
import json
import threading
import orthanc
from recorder import record

HAS_REST = hasattr(orthanc, 'rest')  # Orthanc 1.9.2


async def get(uri):
    if HAS_REST:
        return (await orthanc.aio.rest.get(uri)).raise_for_status().json()
    return json.loads(await orthanc.aio.RestApiGetAfterPlugins(uri))


async def modify(instance, changes):
    uri = f'/instances/{instance}/modify'
    if HAS_REST:
        return (await orthanc.aio.rest.post(uri, json=changes)).content
    return await orthanc.aio.RestApiPost(uri, json.dumps(changes))


def here():
    return threading.current_thread().name


@orthanc.route('/async/hello')
async def hello(request):
    await asyncio.sleep(0)
    return {'thread': here()}


@orthanc.route('/async/echo/(.*)', methods=['POST'])
async def echo(request, group):
    return orthanc.HttpResponse(request.body + group.encode(), status=201, mime='text/x')


@orthanc.route('/async/stream/([0-9]+)')
async def stream(request, count):
    for number in range(int(count)):
        await asyncio.sleep(0)
        yield f'{number},'


@orthanc.route('/async/endless')
async def endless(request):
    try:
        while True:
            await asyncio.sleep(0)
            yield b'x' * 100_000
    finally:
        record('closed', here())


@orthanc.route('/async/error/(.*)')
async def error(request, kind):
    await asyncio.sleep(0)
    if kind == 'http':
        raise orthanc.HttpError(409, 'no')
    if kind == 'orthanc':
        await orthanc.aio.RestApiGet('/patients/nope')
    if kind == 'status':
        await get('/patients/nope')
    if kind == 'exit':
        raise SystemExit('the exit')
    if kind == 'cancelled':
        asyncio.current_task().cancel()
        await asyncio.sleep(60)
    raise KeyError('the message')


@orthanc.RegisterRestCallback('/async/raw')
async def raw(output, uri, **request):
    system = await orthanc.aio.RestApiGet('/system')
    output.AnswerBuffer(system, 'application/json')


@orthanc.route('/async/parallel')
async def parallel(request):
    async with asyncio.Lock():
        answers = await asyncio.gather(
            *(get(uri) for uri in ['/system', '/statistics', '/async/hello']))
    return [sorted(answer)[0] for answer in answers]


@orthanc.route('/async/blocking/(.*)')
async def blocking(request, kind):
    if kind == 'rest':
        call = orthanc.rest.get if HAS_REST else orthanc.RestApiGetAfterPlugins
        return call('/async/hello')
    if kind == 'old':
        return orthanc.RestApiGet('/system')
    if kind == 'store':
        return orthanc.RestApiPost('/instances', b'')
    if kind == 'http':
        return orthanc.http.get('http://localhost/async/hello').text
    return orthanc.aio.run(hello(request))


@orthanc.job
def brief(job, n):
    if n == 0:
        raise ValueError('zero')
    return n


@orthanc.route('/async/job/([0-9]+)')
async def wait_for_job(request, n):
    job = await orthanc.aio.wait_for_job(brief(n=int(n)).submit())
    return {'result': job['Content']['Result']}


arrived = []
everyone = None


@orthanc.route('/async/meet/([0-9]+)')
async def meet(request, count):
    global everyone
    everyone = everyone or asyncio.Event()
    arrived.append(None)
    if len(arrived) == int(count):
        everyone.set()
    await everyone.wait()
    return 'met'


@orthanc.on(orthanc.ChangeType.NEW_STUDY)
async def on_study(change_type, level, resource_id):
    study = await get(f'/studies/{resource_id}')
    record('study', study['PatientMainDicomTags']['PatientID'], here())


@orthanc.RegisterOnStoredInstanceCallback
async def on_stored(instance, identifier):
    patient = await get(f'/instances/{identifier}/patient')
    name = patient['MainDicomTags']['PatientID']
    if not name.startswith('COPY'):
        # Orthanc holds a lock for this thread, and calls on_stored again
        modified = [
            await modify(identifier, {'Replace': {'PatientID': f'COPY-{n}'}, 'Force': True})
            for n in range(2)]
        stored = await asyncio.gather(
            *(orthanc.aio.RestApiPost('/instances', each) for each in modified))
        record('stored', name, len(stored), here())
    else:
        record('copy', name, instance.GetInstanceSize() > 0)


@orthanc.RegisterOnChangeCallback
async def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        record('started', here())


async def background():
    while not await is_serving():
        await asyncio.sleep(0.01)
    record('background')
    asyncio.create_task(child(), name='the child')
    raise ValueError('of the background task')


async def is_serving():
    try:
        return bool(await get('/async/hello'))
    except orthanc.OrthancException:
        return False


async def child():
    raise ValueError('of the child')


@orthanc.RegisterOnChangeCallback
def start(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        orthanc.aio.create_task(background(), name='the poll')


async def at_import():
    await asyncio.sleep(0)
    return here()


record('at import', orthanc.aio.run(at_import()))
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


def test_results_become_responses(server: Orthanc) -> None:
    assert server.get("/async/hello").json() == {"thread": "PY-ASYNCIO"}
    response = server.post("/async/echo/-group", data=b"body")
    assert (response.status_code, response.content) == (201, b"body-group")
    assert server.get("/async/raw").json() == server.get("/system").json()


def test_an_asynchronous_generator_is_streamed(server: Orthanc) -> None:
    assert server.get("/async/stream/3").content == b"0,1,2,"
    assert server.get("/async/stream/0").content == b""


@newest_orthanc
def test_the_generator_is_closed_after_the_client_has_gone(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(SCRIPT, debian=where)
    with requests.get(f"{server.url}/async/endless", stream=True, timeout=60) as response:
        assert len(next(response.iter_content(1000))) == 1000
    wait_for(lambda: ["closed", "PY-ASYNCIO"] in seen(server), "the end of the generator")


def test_calls_in_parallel(server: Orthanc) -> None:
    answers = server.get("/async/parallel").json()
    assert len(answers) == 3
    assert answers[1:] == ["CountInstances", "thread"]


@pytest.mark.parametrize(
    ("kind", "status", "line"),
    [
        ("http", 409, None),
        ("orthanc", 404, "OrthancException"),
        ("status", 404, "OrthancException"),
        ("exit", 500, "SystemExit: the exit"),
        ("cancelled", 500, "CancelledError"),
        ("other", 500, "KeyError: 'the message'"),
    ],
)
def test_an_exception_is_reported_as_that_of_a_plain_callback(
    server: Orthanc, kind: str, status: int, line: str | None
) -> None:
    assert server.get(f"/async/error/{kind}").status_code == status
    if line is None:
        assert f"GET /async/error/{kind}" not in server.log
        return
    headline = f"Error in the REST callback for GET /async/error/{kind}, traceback:"
    server.wait_for_log(headline)
    server.wait_for_log(line)
    report = server.log[server.log.index(headline) :].splitlines()
    assert report[1] == "Traceback (most recent call last):"
    assert 'script.py", line' in report[2]
    assert report[2].endswith("in error")
    assert server.get("/async/hello").status_code == 200


def test_a_coroutine_waits_for_a_job(server: Orthanc) -> None:
    assert server.get("/async/job/7").json() == {"result": 7}
    assert server.get("/async/job/0").status_code == 500
    server.wait_for_log("OrthancException: .*The job .* has failed")


@pytest.mark.parametrize("kind", ["rest", "old", "store", "http", "run"])
def test_a_blocking_call_in_a_coroutine_fails_at_once(server: Orthanc, kind: str) -> None:
    assert server.get(f"/async/blocking/{kind}").status_code == 500
    server.wait_for_log(r"RuntimeError: .*await orthanc\.aio\.NAME\(\.\.\.\)")
    assert server.get("/async/hello").status_code == 200


def test_many_requests_share_the_loop(server: Orthanc) -> None:
    count = 20
    answers: list[str] = []
    clients = [
        threading.Thread(target=lambda: answers.append(server.get(f"/async/meet/{count}").text))
        for _ in range(count)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert answers == ["met"] * count


def test_events_run_on_the_loop_and_may_store_instances(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    server.post("/instances", data=dicom_file("ASYNC").read_bytes()).raise_for_status()
    wait_for(lambda: len([row for row in seen(server) if row[0] == "study"]) == 3, "the events")
    rows = seen(server)
    assert ["at import", "PY-ASYNCIO"] in rows
    assert ["started", "PY-ASYNCIO"] in rows
    assert ["study", "ASYNC", "PY-ASYNCIO"] in rows
    assert ["stored", "ASYNC", 2, "PY-ASYNCIO"] in rows
    assert ["copy", "COPY-1", True] in rows


def test_background_tasks_run_and_their_exceptions_are_logged(server: Orthanc) -> None:
    wait_for(lambda: ["background"] in seen(server), "the background task")
    server.wait_for_log("Error in the background task the poll, traceback:")
    server.wait_for_log("ValueError: of the background task")
    server.wait_for_log(r"Error in the task the child \(child\), whose result the script does not")


def test_a_new_loop_serves_after_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for _ in range(2):
        assert server.get("/async/hello").json() == {"thread": "PY-ASYNCIO"}
        reset(server)
    assert server.get("/async/stream/3").content == b"0,1,2,"
    assert server.log.count("coroutine") == 0

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""orthanc.mount with ASGI applications."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from orthanc_python.server import Orthanc, OrthancFailed
from tests.support.debian_chroots import Suite
from tests.support.pythons import environment_in
from tests.support.servers import OLDEST_TO_NEWEST, Servers, newest_orthanc, reset, seen, wait_for
from tests.support.web import exchange

SCRIPT = """
import asyncio
import contextvars
import json
import threading

import orthanc
from recorder import outcome, record


async def read(receive):
    body, count = b'', 0
    while True:
        message = await receive()
        if message['type'] == 'http.disconnect':
            record('disconnected while reading', len(body))
            return None, count
        body += message['body']
        count += 1
        if not message['more_body']:
            return body, count


async def respond(send, body, status=200, **headers):
    pairs = [(name.replace('_', '-').encode(), value) for name, value in headers.items()]
    await send({'type': 'http.response.start', 'status': status, 'headers': pairs})
    await send({'type': 'http.response.body', 'body': body})


async def application(scope, receive, send):
    if scope['type'] == 'lifespan':
        await lifespan(scope, receive, send)
    else:
        await PATHS[scope['path'].split('/')[2]](scope, receive, send)


async def lifespan(scope, receive, send):
    global going, all_nested
    # up to Python 3.9, they belong to the loop that runs now
    going, all_nested = asyncio.Event(), asyncio.Event()
    assert (await receive())['type'] == 'lifespan.startup'
    scope['state']['started'] = threading.current_thread().name
    record('loop', id(asyncio.get_running_loop()))
    await send({'type': 'lifespan.startup.complete'})
    assert (await receive())['type'] == 'lifespan.shutdown'
    await asyncio.sleep(0)
    print('The application has shut down')
    await send({'type': 'lifespan.shutdown.complete'})


async def show(scope, receive, send):
    body, count = await read(receive)
    shown = {key: repr(value) for key, value in scope.items()}
    shown.update(body=body.decode('latin-1'), count=count, path=scope['path'],
                 raw_path=scope['raw_path'].decode(), root_path=scope['root_path'],
                 query=scope['query_string'].decode(), user=scope['user'].username,
                 authenticated=scope['user'].is_authenticated, started=scope['state']['started'],
                 headers=[[name.decode(), value.decode('latin-1')]
                          for name, value in scope['headers']],
                 loop=id(asyncio.get_running_loop()))
    await respond(send, json.dumps(shown).encode(), content_type=b'application/json')


async def cookies(scope, receive, send):
    headers = [(b'set-cookie', b'a=1'), (b'set-cookie', b'b=2'), (b'content-type', b'a/b')]
    await send({'type': 'http.response.start', 'status': 404, 'headers': headers})
    await send({'type': 'http.response.body', 'body': b'x'})


async def inject(scope, receive, send):
    await respond(send, b'x', x_a=b'a\\r\\nX-Injected: 1')


async def fails(scope, receive, send):
    raise ValueError('the application has failed')


async def silent(scope, receive, send):
    pass


async def fails_later(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'first', 'more_body': True})
    raise ValueError('the application has failed later')


async def background(scope, receive, send):
    await respond(send, b'sent')
    await going.wait()
    record('background')
    raise ValueError('after the response')


async def go(scope, receive, send):
    going.set()
    worked.set()
    await respond(send, b'')


async def stepwise(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    for step in (b'1', b'', b'2'):
        await send({'type': 'http.response.body', 'body': step, 'more_body': True})
        if step == b'1':
            await going.wait()
    await send({'type': 'http.response.body'})


async def endless(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    try:
        while True:
            await send({'type': 'http.response.body', 'body': bytes(100_000), 'more_body': True})
    except OSError as error:
        record('disconnected', (await receive())['type'], type(error).__name__)


async def waits(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'begun', 'more_body': True})
    record('waits')
    await read(receive)
    print('The end of a request:', (await receive())['type'])


async def parallel(scope, receive, send):
    together.add(scope['path'])
    while len(together) < 8:
        await asyncio.sleep(0.01)
    await respond(send, threading.current_thread().name.encode())


together = set()


# Calls Orthanc when all 40 requests have come
async def nested(scope, receive, send):
    nested_requests.append(scope)
    if len(nested_requests) == 40:
        all_nested.set()
    await all_nested.wait()
    await respond(send, await orthanc.aio.RestApiGetAfterPlugins('/app2/calls'))


nested_requests = []


async def calls(scope, receive, send):
    await respond(send, await orthanc.aio.RestApiGet('/system'))


async def works(scope, receive, send):
    worked.clear()
    asyncio.get_running_loop().run_in_executor(None, worked.wait, 600)
    await respond(send, b'the work goes on')


worked = threading.Event()


async def upload(scope, receive, send):
    body, count = await read(receive)
    if body is not None:
        await respond(send, body)


async def uploads(scope, receive, send):
    names = [thread.name for thread in threading.enumerate()]
    await respond(send, json.dumps([name for name in names if 'UPLOAD' in name]).encode())


async def context(scope, receive, send):
    await respond(send, asking.get().encode())


asking = contextvars.ContextVar('asking', default='nobody')


def remember(uri, **request):
    asking.set(request['headers'].get('x-asking', ''))
    return True


orthanc.RegisterIncomingHttpRequestFilter(remember)


async def twice(scope, receive, send):
    await respond(send, b'once')
    try:
        await respond(send, b'twice')
    except RuntimeError as error:
        record('twice', str(error))


async def early(scope, receive, send):
    await respond(send, b'no', 413)
    record('early', (await receive())['type'])


PATHS = {function.__name__: function for function in (
    show, cookies, inject, fails, silent, fails_later, background, go, stepwise, endless, waits,
    parallel, nested, calls, works, upload, uploads, context, twice, early)}


async def without_lifespan(scope, receive, send):
    assert scope['type'] == 'http'
    await respond(send, b'no lifespan')


class Callable:
    async def __call__(self, scope, receive, send):
        assert scope['type'] == 'http'
        await respond(send, b'an object')


def wrapped(scope, receive, send):
    return without_lifespan(scope, receive, send)


orthanc.mount('/app2', application)
orthanc.mount('/plain', without_lifespan)


async def mount_in_coroutine():
    orthanc.mount('/in-coroutine', application)

record('in a coroutine', *outcome(orthanc.aio.run, mount_in_coroutine())[:2])
orthanc.mount('/object', Callable())
orthanc.mount('/wrapped', wrapped)
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, suite=request.param)


@pytest.fixture(scope="module")
def newest(module_orthanc: Servers, where: str) -> Orthanc:
    return module_orthanc(SCRIPT, suite=where)


def test_the_scope_of_a_request(server: Orthanc) -> None:
    headers = {"X-Name": "Grüße".encode(), "X_Name": "forged", "Remote-User": "forged"}
    shown = server.get("/app2/show/a%20%C3%A9/?x=1&x=2", headers=headers).json()
    assert (shown["path"], shown["root_path"]) == ("/app2/show/a é/", "/app2")
    assert shown["raw_path"] == "/app2/show/a%20%C3%A9/"
    assert (shown["query"], shown["method"], shown["scheme"]) == ("x=1&x=2", "'GET'", "'http'")
    assert shown["client"] == "('127.0.0.1', 0)"
    assert [pair for pair in shown["headers"] if pair[0].startswith("x")] == [
        ["x-name", "Grüße".encode().decode("latin-1")]
    ]
    assert (shown["user"], shown["authenticated"]) == ("", False)
    assert (shown["body"], shown["count"]) == ("", 1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(server: Orthanc, method: str, chunked: bool) -> None:
    content = bytes(range(256)) * 1000
    data: Any = iter([content[:100_001], content[100_001:]]) if chunked else content
    shown = server.request(method, "/app2/show", data=data).json()
    assert shown["body"] == content.decode("latin-1")
    assert (shown["count"] > 1) == chunked


def test_all_requests_and_the_lifespan_share_one_loop(server: Orthanc) -> None:
    loops = {server.get("/app2/show").json()["loop"] for _ in range(3)}
    assert loops == {row[1] for row in seen(server) if row[0] == "loop"}
    assert server.get("/app2/show").json()["started"] == "PY-ASYNCIO"


@pytest.mark.parametrize(
    ("path", "body"),
    [("plain", "no lifespan"), ("object", "an object"), ("wrapped", "no lifespan")],
)
def test_kinds_of_applications(server: Orthanc, path: str, body: str) -> None:
    assert server.get(f"/{path}").text == body


def test_headers_and_status(server: Orthanc) -> None:
    response = server.get("/app2/cookies")
    assert (response.status_code, response.text) == (404, "x")
    assert dict(response.cookies) == {"a": "1", "b": "2"}


def test_a_line_break_in_a_header_is_refused(server: Orthanc) -> None:
    response = server.get("/app2/inject")
    assert response.status_code == 500
    assert "X-Injected" not in response.headers


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("fails", "ValueError: the application has failed"),
        ("silent", "RuntimeError: The ASGI application has sent no full response"),
    ],
)
def test_an_error_before_the_response_is_a_500(server: Orthanc, path: str, message: str) -> None:
    assert server.get(f"/app2/{path}").status_code == 500
    server.wait_for_log(f"Error in the REST callback for GET /app2/{path}, traceback:")
    server.wait_for_log(message)


def test_the_application_goes_on_after_the_response(server: Orthanc) -> None:
    assert server.get("/app2/background").text == "sent"
    assert server.get("/app2/go").status_code == 200
    wait_for(lambda: ["background"] in seen(server), "the task in the background")
    server.wait_for_log("Error in the ASGI application after its response to GET /app2/background")
    server.wait_for_log("ValueError: after the response")


def test_requests_run_in_parallel_on_the_loop(server: Orthanc) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = pool.map(lambda i: requests.get(f"{server.url}/app2/parallel/{i}").text, range(8))
        assert set(texts) == {"PY-ASYNCIO"}


def test_requests_whose_calls_reach_the_application_do_not_wait_for_threads(
    server: Orthanc,
) -> None:
    """There are 32 threads for blocking calls, and 50 of Orthanc for HTTP."""
    count = 40
    with ThreadPoolExecutor(count) as pool:
        answers = pool.map(lambda _: server.get("/app2/nested"), range(count))
        assert {answer.json()["Name"] for answer in answers} == {
            server.get("/system").json()["Name"]
        }


def test_a_blocking_call_does_not_delay_the_response(server: Orthanc) -> None:
    assert server.get("/app2/works").text == "the work goes on"
    assert server.get("/app2/go").status_code == 200


def test_requests_at_the_same_time_keep_their_context_variables(server: Orthanc) -> None:
    def ask(name: str) -> str:
        return server.get("/app2/context", headers={"X-Asking": name}).text

    names = [f"user {number}" for number in range(400)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, names)) == names


def test_mount_in_a_coroutine_is_refused(server: Orthanc) -> None:
    [(kind, message)] = [row[1:] for row in seen(server) if row[0] == "in a coroutine"]
    assert kind == "RuntimeError"
    assert "A coroutine would wait for itself" in message


def test_a_second_response_is_an_error(server: Orthanc) -> None:
    assert server.get("/app2/twice").text == "once"
    [row] = wait_for(lambda: [row for row in seen(server) if row[0] == "twice"], "the error")
    assert row[1] == "The ASGI message 'http.response.start' must not be sent now"


def test_an_upload_that_the_client_ends_is_not_an_error(server: Orthanc) -> None:
    port = int(server.url.rpartition(":")[2])
    head = b"POST /app2/upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange(port, head + b"5\r\nhello\r\n")
    wait_for(lambda: ["disconnected while reading"] in [row[:1] for row in seen(server)], "the end")
    wait_for(lambda: server.get("/app2/uploads").json() == [], "the end of the thread")
    assert "POST /app2/upload" not in server.log


def test_a_response_before_the_end_of_the_body(server: Orthanc) -> None:
    response = server.put("/app2/early", iter([bytes(100_000)] * 20))
    assert response.status_code == 413
    [row] = wait_for(lambda: [row for row in seen(server) if row[0] == "early"], "the end")
    assert row[1] == "http.disconnect"


@newest_orthanc
def test_a_response_is_streamed(newest: Orthanc) -> None:
    with requests.get(newest.url + "/app2/stepwise", stream=True, timeout=60) as response:
        assert response.raw.read(1) == b"1"
        assert newest.get("/app2/go").status_code == 200
        assert response.raw.read() == b"2"


@newest_orthanc
def test_a_disconnect_reaches_the_application(newest: Orthanc) -> None:
    with requests.get(newest.url + "/app2/endless", stream=True, timeout=60) as response:
        response.raw.read(1000)
    [row] = wait_for(
        lambda: [row for row in seen(newest) if row[0] == "disconnected"], "the disconnect"
    )
    assert row[1:] == ["http.disconnect", "ConnectionAbortedError"]


@newest_orthanc
def test_an_error_after_the_first_chunk_ends_the_connection(newest: Orthanc) -> None:
    port = int(newest.url.rpartition(":")[2])
    answer = exchange(port, b"GET /app2/fails_later HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nfirst")
    newest.wait_for_log("ValueError: the application has failed later")


def test_a_stop_and_a_reset_shut_the_application_down(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, suite=where)
    reset(server)
    server.wait_for_log("The application has shut down")
    assert server.get("/app2/show").json()["started"] == "PY-ASYNCIO"
    server.stop()
    assert server.log.count("The application has shut down") == 2


@newest_orthanc
def test_a_stop_ends_a_waiting_request(orthanc: Servers, where: str) -> None:
    server = orthanc(SCRIPT, suite=where, config={"Python": {"StopTimeout": 4}})
    with requests.get(server.url + "/app2/waits", stream=True, timeout=60) as response:
        assert response.raw.read(5) == b"begun"
        wait_for(lambda: ["waits"] in seen(server), "the request")
        server.stop()
    assert "The end of a request: http.disconnect" in server.log
    assert "The application has shut down" in server.log


FAILING = """
import orthanc


async def application(scope, receive, send):
    await receive()
    await send({'type': 'lifespan.startup.failed', 'message': 'no database'})


orthanc.mount('/app2', application)
"""


def test_a_failed_start_of_the_application_stops_orthanc(orthanc: Servers) -> None:
    with pytest.raises(OrthancFailed) as failed:
        orthanc(FAILING)
    assert "The startup of the application at /app2 has failed: no database" in failed.value.log


INSPECTED = """
import asgion
import orthanc
from recorder import answer, route

inspectors = []


def inspected(path, application):
    inspectors.append(asgion.Inspector(application))
    orthanc.mount(path, inspectors[-1])


@route('/violations')
def violations(output, uri, **request):
    answer(output, [f'{violation.rule_id} {violation.message} {violation.path}'
                    for inspector in inspectors for violation in inspector.violations
                    if violation.severity in ('error', 'warning')])
"""


@newest_orthanc
def test_the_server_keeps_the_protocol(
    orthanc: Servers, where: str, suite: Callable[[str], Suite]
) -> None:
    """asgion checks scopes, messages and their order, as wsgiref.validate does for WSGI."""
    there = suite(where)
    environment = environment_in(there, there.python_version, "asgion")
    script = INSPECTED + SCRIPT.replace("orthanc.mount(", "inspected(")
    server = orthanc(script, suite=where, config={"Python": {"VirtualEnv": environment}})
    server.get("/app2/show/a/?x=1")
    server.post("/app2/show", b"whole")
    server.put("/app2/show", iter([b"a", b"b"]))
    server.get("/app2/go")
    server.get("/app2/stepwise")
    with requests.get(server.url + "/app2/endless", stream=True, timeout=60) as response:
        response.raw.read(1000)
    wait_for(lambda: [row for row in seen(server) if row[0] == "disconnected"], "the disconnect")
    assert server.get("/violations").json() == []

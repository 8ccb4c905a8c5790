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
from tests.support.debian_chroots import Chroot
from tests.support.pythons import environment_in
from tests.support.servers import OLDEST_TO_NEWEST, Servers, newest_orthanc, reset, seen, wait_for
from tests.support.web import exchange

from .asgi_script import SCRIPT


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


@pytest.fixture(scope="module")
def newest(module_orthanc: Servers, where: str) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


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


def test_requests_for_a_websocket_are_explained_once(newest: Orthanc) -> None:
    for _ in range(2):
        shown = newest.get("/app2/show", headers={"Connection": "Upgrade", "Upgrade": "WebSocket"})
        assert shown.json()["method"] == "'GET'"
    text = "Orthanc cannot open WebSockets to the application at /app2: use server-sent events"
    newest.wait_for_log(text)
    assert newest.log.count(text) == 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_reaches_the_application(server: Orthanc, method: str, chunked: bool) -> None:
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


def test_headers_and_the_status_are_sent(server: Orthanc) -> None:
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
    server = orthanc(SCRIPT, debian=where)
    reset(server)
    server.wait_for_log("The application has shut down")
    assert server.get("/app2/show").json()["started"] == "PY-ASYNCIO"
    server.stop()
    assert server.log.count("The application has shut down") == 2


@newest_orthanc
def test_a_stop_ends_a_waiting_request(orthanc: Servers, where: str) -> None:
    server = orthanc(SCRIPT, debian=where, config={"Python": {"StopTimeout": 8}})
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
    orthanc: Servers, where: str, chroot: Callable[[str], Chroot]
) -> None:
    """asgion checks scopes, messages and their order, as wsgiref.validate does for WSGI."""
    there = chroot(where)
    environment = environment_in(there, there.python_version, "asgion")
    script = INSPECTED + SCRIPT.replace("orthanc.mount(", "inspected(")
    server = orthanc(script, debian=where, config={"Python": {"VirtualEnv": environment}})
    server.get("/app2/show/a/?x=1")
    server.post("/app2/show", b"whole")
    server.put("/app2/show", iter([b"a", b"b"]))
    server.get("/app2/go")
    server.get("/app2/stepwise")
    with requests.get(server.url + "/app2/endless", stream=True, timeout=60) as response:
        response.raw.read(1000)
    wait_for(lambda: [row for row in seen(server) if row[0] == "disconnected"], "the disconnect")
    assert server.get("/violations").json() == []

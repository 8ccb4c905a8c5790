# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks that continue after they have sent the response."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, reset, seen, wait_for

SCRIPT = """
import threading

import orthanc
from recorder import answer, outcome, record, route

released = threading.Event()
held = threading.Event()


@route('/hold')
def hold(output, uri, **request):
    held.set()
    released.wait()
    answer(output, 'held')


@route('/held')
def is_held(output, uri, **request):
    answer(output, held.is_set())


def wait():
    released.wait()


def compute():
    while not released.is_set():
        pass


def call_itself():
    record(orthanc.RestApiGetAfterPlugins('/text').decode())


@route('/then/(.*)')
def then(output, uri, groups, **request):
    output.AnswerBuffer(groups[0], 'text/plain')
    {'wait': wait, 'compute': compute, 'call-itself': call_itself}[groups[0]]()
    record('returned')


@route('/release')
def release(output, uri, **request):
    released.set()
    answer(output, 'released')


@route('/text')
def text(output, uri, **request):
    output.AnswerBuffer('text', 'text/plain')


@route('/raise')
def fail(output, uri, **request):
    output.AnswerBuffer('before', 'text/plain')
    raise ValueError('after the answer')


@route('/again/(.*)')
def again(output, uri, groups, **request):
    output.AnswerBuffer('first', 'text/plain')
    seconds = {
        'answer': lambda: output.AnswerBuffer('second', 'text/plain'),
        'header': lambda: output.SetHttpHeader('X-Late', '1'),
        'cookie': lambda: output.SetCookie('late', '1'),
        'status': lambda: output.SendHttpStatusCode(404),
        'multipart': lambda: output.StartMultipartAnswer('related', 'text/plain'),
    }

    def second():
        record(outcome(seconds[groups[0]])[:2])

    if request['get'].get('thread'):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    else:
        second()


@route('/echo')
def echo(output, uri, body, **request):
    output.AnswerBuffer(body, 'application/octet-stream')
"""


@pytest.fixture
def server(orthanc: Servers, where: str | None) -> Iterator[Orthanc]:
    """A server with another request in progress."""
    server = orthanc(SCRIPT, debian=where)
    with another_request(server):
        yield server


@contextmanager
def another_request(server: Orthanc) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(alone, server, "/hold")
        try:
            wait_for(lambda: server.get("/held").json())
            yield
        finally:
            assert server.get("/release").status_code == 200
        assert json.loads(held.result()) == "held"


def alone(server: Orthanc, path: str) -> str:
    """A request on its own connection, where the next request would wait for the callback."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(server.url + path, timeout=60).text


def expect(server: Orthanc, *rows: object) -> None:
    wait_for(lambda: seen(server) == list(rows))


@pytest.mark.parametrize("what", ["wait", "compute"])
def test_the_client_receives_the_answer_while_the_callback_continues(
    server: Orthanc, what: str
) -> None:
    assert alone(server, f"/then/{what}") == what
    assert seen(server) == []
    assert server.get("/release").status_code == 200
    expect(server, ["returned"])


def test_after_a_reset(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where)
    with another_request(server):
        pass
    reset(server)
    with another_request(server):
        assert alone(server, "/then/wait") == "wait"
        assert server.get("/release").status_code == 200
        expect(server, ["returned"])


def test_a_callback_that_answers_and_calls_another(server: Orthanc) -> None:
    assert server.get("/then/call-itself").text == "call-itself"
    expect(server, ["text"], ["returned"])


def test_an_exception_after_the_answer(server: Orthanc) -> None:
    response = server.get("/raise")
    assert (response.status_code, response.text) == (200, "before")
    server.wait_for_log("ValueError: after the answer")


@pytest.mark.parametrize("thread", ["", "?thread=1"])
@pytest.mark.parametrize("what", ["answer", "header", "cookie", "status", "multipart"])
def test_the_answer_counts_as_given(server: Orthanc, what: str, thread: str) -> None:
    response = server.get(f"/again/{what}{thread}")
    assert (response.status_code, response.text) == (200, "first")
    assert "X-Late" not in response.headers and "late" not in response.cookies
    error = "(6, 'Bad sequence of calls"
    error += ": the request already has a response')" if what in ("answer", "status") else "')"
    # Orthanc reports no error for a multipart response before its first part
    expected = ["returned", None] if what == "multipart" else ["OrthancException", error]
    expect(server, [expected])


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_each_client_receives_its_own_answer(server: Orthanc, size: int) -> None:
    bodies = [bytes([number]) * size for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: server.post("/echo", data=body).content, bodies))
    assert answers == bodies

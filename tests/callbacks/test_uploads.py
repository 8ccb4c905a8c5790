# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Uploads that a script reads while Orthanc receives them."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, reset, wait_for

SCRIPT = """
import csv
import hashlib
import io
import json
import shutil
import threading

import orthanc
from recorder import answer, outcome, record


def register(path):
    def decorate(function):
        orthanc.RegisterChunkedRestCallback(path, function)
        return function
    return decorate


@register('/digest/(.*)')
def digest(output, uri, **request):
    if request['method'] in ('GET', 'DELETE'):
        answer(output, [uri, {key: value for key, value in request.items() if key != 'headers'}])
        return
    hashed, sizes = hashlib.sha256(), []
    for piece in request['body']:
        assert type(piece) is bytes
        hashed.update(piece)
        sizes.append(len(piece))
    answer(output, {
        'digest': hashed.hexdigest(), 'size': sum(sizes), 'largest': max(sizes, default=0),
        'method': request['method'], 'groups': request['groups'],
        'type': request['headers'].get('content-type')})


@register('/reads')
def reads(output, uri, *, body, **request):
    assert isinstance(body, orthanc.UploadBody)
    parts = [body.read(3), body.read(0), body.read1(2), body.readline(), body.read(), body.read(5)]
    answer(output, [part.decode() for part in parts])


@register('/copy')
def copy(output, uri, *, body, **request):
    with open('copy', 'wb') as file:
        shutil.copyfileobj(body, file)
    output.SetHttpHeader('X-Done', 'yes')
    output.SendHttpStatus(201, 'stored')


@register('/early')
def early(output, uri, *, body, **request):
    first = body.read(4)
    output.AnswerBuffer(first, 'text/plain')
    record('early', outcome(body.read))


bodies = []


@register('/lends')
def lends(output, uri, *, body, **request):
    bodies.append(body)
    body.close()
    output.AnswerBuffer(json.dumps([outcome(body.read)[0], outcome(next, body)[0]]), 'text/plain')


@register('/borrowed')
def borrowed(output, uri, **request):
    [body] = bodies
    answer(output, [outcome(body.read)[0], outcome(list, body)[0], outcome(body.read1)[0],
                    outcome(body.readline)[0], outcome(body.close)[0]])


@register('/refuses')
def refuses(output, uri, **request):
    output.SendHttpStatus(413, 'no')


@register('/raises')
def raises(output, uri, *, body, **request):
    body.read(1)
    raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'after one byte')


@register('/silent')
def silent(output, uri, **request):
    pass


@register('/twice')
def twice(output, uri, *, body, **request):
    body.read()
    output.AnswerBuffer('once', 'text/plain')
    record('twice', *outcome(output.AnswerBuffer, 'twice', 'text/plain')[:2])
    record('unknown', outcome(lambda: output.NoSuchMethod)[0])


kept = []


@register('/keep')
def keep(output, uri, *, body, **request):
    body.read()
    kept.append(output)
    output.AnswerBuffer(str(threading.current_thread().name), 'text/plain')


@register('/kept')
def use_kept(output, uri, **request):
    answer(output, outcome(kept[0].AnswerBuffer, 'late', 'text/plain')[0])


going = threading.Event()


@register('/abort')
def abort(output, uri, *, body, **request):
    record('begun', body.read(10).decode())
    try:
        body.read()
    except ConnectionAbortedError:
        record('aborted')
        raise


@register('/lines')
def lines(output, uri, *, body, **request):
    rows = list(csv.DictReader(io.TextIOWrapper(body, 'utf-8')))
    answer(output, [len(rows), rows[-1]])


@register('/threads')
def threads(output, uri, **request):
    answer(output, [thread.name for thread in threading.enumerate()])


@register('/calls')
def calls(output, uri, *, body, **request):
    body.read(1)
    system = json.loads(orthanc.RestApiGet('/system'))
    body.read()
    answer(output, [system['ApiVersion'], json.loads(orthanc.RestApiGet('/calls'))
                    if request['headers'].get('again') else None])


@register('/registers')
def registers(output, uri, *, body, headers, **request):
    body.read(1)
    orthanc.RegisterRestCallback('/new-a', lambda output, uri, **_: output.AnswerBuffer('a', 'a/a'))
    body.read()
    output.SetHttpHeader('X-Header', '1')
    orthanc.RegisterRestCallback('/new-b', lambda output, uri, **_: output.AnswerBuffer('b', 'b/b'))
    output.AnswerBuffer('registered', 'text/plain')


record('type', outcome(orthanc.RegisterChunkedRestCallback, '/x', 12)[0])
record('expression', outcome(orthanc.RegisterChunkedRestCallback, '/x(', print)[0])


def late(output, uri, **request):
    answer(output, outcome(orthanc.RegisterChunkedRestCallback, '/late', print)[:2])


orthanc.RegisterRestCallback('/register-late', late)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


def recorded(server: Orthanc, name: str) -> list[Any]:
    rows = wait_for(lambda: [row for row in server.get("/seen").json() if row[0] == name], name)
    found: list[Any] = rows[0][1:]
    return found


def pieces(count: int, size: int) -> Iterator[bytes]:
    for index in range(count):
        yield bytes([index % 251]) * size


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_with_a_length_arrives_whole(server: Orthanc, method: str) -> None:
    content = os.urandom(5_000_001)
    headers = {"Content-Type": "text/x-test"}
    answer = server.request(method, "/digest/a", data=content, headers=headers).json()
    assert answer["digest"] == hashlib.sha256(content).hexdigest()
    assert (answer["method"], answer["groups"]) == (method, ["a"])
    assert answer["type"] == "text/x-test"


def test_a_chunked_body_arrives_in_pieces(server: Orthanc) -> None:
    answer = server.post("/digest/b", pieces(300, 100_003)).json()
    expected = hashlib.sha256(b"".join(pieces(300, 100_003))).hexdigest()
    assert (answer["digest"], answer["size"]) == (expected, 300 * 100_003)
    assert answer["largest"] < answer["size"] / 4


def test_an_empty_body_has_no_pieces(server: Orthanc) -> None:
    answer = server.post("/digest/none", b"").json()
    assert answer["size"] == 0


def test_get_and_delete_reach_the_callback_without_a_body(server: Orthanc) -> None:
    uri, request = server.get("/digest/a?b=1").json()
    assert (uri, request["method"], request["groups"]) == ("/digest/a", "GET", ["a"])
    assert request["get"] == {"b": "1"}
    assert server.delete("/digest/x").json()[1]["method"] == "DELETE"


def test_the_body_is_a_file(server: Orthanc) -> None:
    answer = server.post("/reads", b"abcdefg\nhij\nkl").json()
    assert answer == ["abc", "", "de", "fg\n", "hij\nkl", ""]


def test_the_body_can_be_copied_to_a_file(server: Orthanc) -> None:
    content = os.urandom(3_000_000)
    answer = server.put("/copy", content)
    assert (answer.status_code, answer.text, answer.headers["X-Done"]) == (201, "stored", "yes")
    assert (server.directory / "copy").read_bytes() == content


def test_an_early_answer_discards_the_rest(server: Orthanc) -> None:
    answer = server.post("/early", iter([b"head", *pieces(20, 1_000_000)]))
    assert answer.text == "head"
    [outcome] = recorded(server, "early")
    assert outcome[0] == "ValueError"
    assert "first use of output" in outcome[1]


def test_closed_bodies_cannot_be_read(server: Orthanc) -> None:
    assert server.post("/lends", pieces(10, 1_000_000)).json() == ["ValueError"] * 2
    assert server.get("/borrowed").json() == ["ValueError"] * 4 + ["returned"]


def test_a_response_without_a_read_refuses_the_body(server: Orthanc) -> None:
    answer = server.post("/refuses", pieces(10, 1_000_000))
    assert (answer.status_code, answer.text) == (413, "no")


def test_an_exception_gives_its_status(server: Orthanc) -> None:
    assert server.post("/raises", pieces(10, 1_000_000)).status_code == 404
    server.wait_for_log("after one byte")
    assert "in raises" in server.log


def test_no_answer_is_an_error(server: Orthanc) -> None:
    assert server.post("/silent", pieces(3, 1_000_000)).status_code == 500
    assert server.put("/silent").status_code == 500
    server.wait_for_log("has sent no response")


def test_second_answer_and_unknown_methods_raise(server: Orthanc) -> None:
    assert server.post("/twice", b"x").text == "once"
    kind, text = recorded(server, "twice")
    assert kind == "OrthancException"
    assert "the request already has a response" in text
    assert recorded(server, "unknown") == ["AttributeError"]


def test_the_output_expires_with_the_callback(server: Orthanc) -> None:
    assert server.post("/keep", b"x").text.startswith("PY-UPLOAD")
    # the response may arrive before the callback has returned
    wait_for(lambda: server.get("/kept").json() == "ConnectionAbortedError", "the end of output")


def test_a_client_that_goes_away_ends_the_upload(server: Orthanc) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
    connection.putrequest("POST", "/abort")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"%x\r\n" % 3_000_000 + b"0123456789" * 300_000)
    assert recorded(server, "begun") == ["0123456789"]
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    recorded(server, "aborted")
    # no object remains
    wait_for(lambda: "PY-UPLOAD /abort" not in server.get("/threads").json(), "the thread's end")


def test_lines_of_text_can_be_read(server: Orthanc) -> None:
    text = "name,size\n" + "".join(f"file-{index},{index}\n" for index in range(100_000))
    content = text.encode()
    chunks = (content[start : start + 9_999] for start in range(0, len(content), 9_999))
    assert server.post("/lines", chunks).json() == [
        100_000,
        {"name": "file-99999", "size": "99999"},
    ]


def test_the_callback_may_call_orthanc(server: Orthanc) -> None:
    assert server.post("/calls", b"x" * 2_000_000).json()[1] is None


def test_routes_that_are_registered_during_an_upload_work(server: Orthanc) -> None:
    assert server.post("/registers", pieces(3, 1_500_000)).text == "registered"
    assert (server.get("/new-a").text, server.get("/new-b").text) == ("a", "b")


def test_wrong_registrations_raise(server: Orthanc) -> None:
    assert recorded(server, "type") == ["TypeError"]
    assert recorded(server, "expression") == ["ValueError"]
    name, text = server.get("/register-late").json()
    assert name == "RuntimeError"
    assert "while the script is being imported" in text


HANGS = """
import threading
import orthanc
from recorder import record


def hang(output, uri, *, body, **request):
    body.read(1)
    record('hangs')
    threading.Event().wait()


orthanc.RegisterChunkedRestCallback('/hang', hang)
"""


def test_an_upload_that_never_ends_does_not_keep_orthanc(orthanc: Servers) -> None:
    server = orthanc(HANGS, config={"Python": {"StopTimeout": 1}})
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
    connection.putrequest("POST", "/hang")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"%x\r\n" % 3_000_000 + b"x" * 1_500_000)
    recorded(server, "hangs")
    assert server.stop() == 0
    connection.close()
    server.wait_for_log('The Python thread "PY-UPLOAD /hang" does not end')
    assert "threading.Event().wait()" in server.log


def test_uploads_work_after_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    reset(server)
    assert server.post("/digest/again", pieces(3, 1_000_000)).json()["size"] == 3_000_000


def test_many_uploads_at_once_stay_apart(server: Orthanc) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def upload(index: int) -> bool:
        content = bytes([index]) * 2_000_000
        answer = server.post(f"/digest/{index}", content).json()
        return bool(answer["digest"] == hashlib.sha256(content).hexdigest())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(upload, range(24)))


def test_a_length_beyond_the_limit_of_the_sdk_is_refused_at_once(server: Orthanc) -> None:
    """Orthanc alone would read the whole body first, and then discard it."""
    with socket.create_connection(("127.0.0.1", server.http_port)) as connection:
        connection.sendall(
            b"POST /digest/large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4294967306\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    server.wait_for_log("Refused before the Python callback: /digest/large: .* 4294967295 bytes")

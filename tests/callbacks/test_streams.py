# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Responses in chunks, and the HTTP client that sends and receives chunks."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.servers import Servers, seen, wait_for

pytestmark = pytest.mark.chroot

SCRIPT = """
import hashlib
import io
import json

import orthanc
from recorder import answer, outcome, record, route

GET, POST, PUT = orthanc.HttpMethod.GET, orthanc.HttpMethod.POST, orthanc.HttpMethod.PUT


def pieces(count, size):
    for index in range(count):
        yield bytes([index % 251]) * size


@route('/pieces/([0-9]+)/([0-9]+)')
def many(output, uri, **request):
    output.SetHttpHeader('X-Streamed', 'yes')
    output.Stream(pieces(*map(int, request['groups'])), 'application/x-pieces')


def closed_file():
    file = io.BytesIO(b'never')
    file.close()
    return file


SOURCES = {
    'str': lambda: 'Grüße',
    'bytes': lambda: b'bytes' * 500_000,
    'view': lambda: memoryview(b'0123456789')[::2],
    'file': lambda: io.BytesIO(b'file' * 1_000_000),
    'text-file': lambda: io.StringIO('Grüße'),
    'strings': lambda: ['Grü', 'ße', ''],
    'mixed': lambda: iter([b'a', bytearray(b'b'), memoryview(b'c'), 'd']),
    'closed-file': closed_file,
    'nothing': lambda: [],
    'none': lambda: None,
}


@route('/source/(.*)')
def source(output, uri, **request):
    output.Stream(SOURCES[request['groups'][0]](), 'text/plain')


@route('/fails-at-once')
def at_once(output, uri, **request):
    def nothing():
        raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'not found')
        yield
    output.Stream(nothing(), 'text/plain')


@route('/fails-later')
def later(output, uri, **request):
    def some():
        yield 'begun'
        raise ValueError('in the middle')
    output.Stream(some(), 'text/plain')


@route('/wrong')
def wrong(output, uri, **request):
    rows = [outcome(output.Stream, 12, 'text/plain')[:2],
            outcome(output.Stream, [12], 'text/plain')[:2],
            outcome(output.Stream, b'', 12)[:2]]
    output.AnswerBuffer(json.dumps(rows), 'application/json')


@route('/gone')
def gone(output, uri, **request):
    def endless():
        try:
            while True:
                yield b'x' * 1_000_000
        finally:
            record('closed')
    try:
        output.Stream(endless(), 'text/plain')
    except orthanc.OrthancException as error:
        record('gone', error.args[0])
        raise


def upload(output, uri, *, body, method, headers, **request):
    hashed, size = hashlib.sha256(), 0
    for piece in body:
        hashed.update(piece)
        size += len(piece)
    output.SetHttpHeader('X-Digest', hashed.hexdigest())
    answer(output, [method, size, headers.get('x-test'), headers.get('authorization')])


orthanc.RegisterChunkedRestCallback('/upload', upload)


def forward(output, uri, *, body, headers, **request):
    received = []
    status, answered = orthanc.ChunkedHttpClient(
        PUT, headers['x-to'] + '/upload', request=body, answer=received.append)
    answer(output, [status, answered['x-digest']])


orthanc.RegisterChunkedRestCallback('/forward', forward)


@route('/client')
def client(output, uri, **request):
    url = request['body'].decode()
    hashed = hashlib.sha256()
    rows = {}
    status, headers = orthanc.ChunkedHttpClient(GET, url + '/pieces/40/1000001',
                                                answer=hashed.update)
    rows['get'] = [status, headers['x-streamed'], hashed.hexdigest()]
    received = io.BytesIO()
    status, headers = orthanc.ChunkedHttpClient(
        POST, url + '/upload', {'X-Test': 'a'}, pieces(40, 1_000_001), received, 'user', 'secret',
        timeout=60)
    rows['post'] = [status, headers['x-digest'], json.loads(received.getvalue())]
    for name in ('bytes', 'file', 'mixed', 'nothing', 'none'):
        received = io.BytesIO()
        orthanc.ChunkedHttpClient(PUT, url + '/upload', request=SOURCES[name](), answer=received)
        rows[name] = json.loads(received.getvalue())[:2]
    received = []
    status, _ = orthanc.ChunkedHttpClient(GET, url + '/no-such-route', answer=received.append)
    rows['missing'] = [status, all(type(piece) is bytes for piece in received)]
    rows['thrown away'] = orthanc.ChunkedHttpClient(GET, url + '/system')[0]

    def broken():
        yield b'x' * 1_000_000
        raise LookupError('in the body')

    def refuse(piece):
        raise LookupError('in the answer')

    rows['body'] = outcome(orthanc.ChunkedHttpClient, POST, url + '/upload', request=broken())[:2]
    rows['answer'] = outcome(orthanc.ChunkedHttpClient, GET, url + '/system', answer=refuse)[:2]
    rows['piece'] = outcome(orthanc.ChunkedHttpClient, POST, url + '/upload', request=[1])[:2]
    rows['request'] = outcome(orthanc.ChunkedHttpClient, POST, url, request=1)[:2]
    rows['sink'] = outcome(orthanc.ChunkedHttpClient, GET, url, answer=1)[:2]
    rows['method'] = outcome(orthanc.ChunkedHttpClient, 99, url)[0]
    rows['headers'] = outcome(orthanc.ChunkedHttpClient, GET, url, headers=[1])[0]
    rows['refused'] = outcome(orthanc.ChunkedHttpClient, GET, 'http://127.0.0.1:1/')[0]
    answer(output, rows)


@route('/broken')
def broken(output, uri, **request):
    url, received, ended = request['body'].decode(), [], []

    def endless():
        try:
            while True:
                yield b'x' * 100_000
        finally:
            ended.append(True)

    kinds = [outcome(orthanc.ChunkedHttpClient, GET, url, answer=received.append),
             outcome(orthanc.ChunkedHttpClient, PUT, url, request=endless()),
             outcome(orthanc.http.get, url), outcome(orthanc.http.put, url, 'x')]
    answer(output, [[kind[:2] for kind in kinds], b''.join(received).decode(), ended])
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian="sid")


def pieces(count: int, size: int) -> Iterator[bytes]:
    for index in range(count):
        yield bytes([index % 251]) * size


def test_a_generator_is_streamed(server: Orthanc) -> None:
    answer = server.get("/pieces/300/100003")
    assert answer.content == b"".join(pieces(300, 100003))
    assert answer.headers["Content-Type"] == "application/x-pieces"
    assert answer.headers["X-Streamed"] == "yes"
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("str", "Grüße".encode()),
        ("bytes", b"bytes" * 500_000),
        ("view", b"02468"),
        ("file", b"file" * 1_000_000),
        ("text-file", "Grüße".encode()),
        ("strings", "Grüße".encode()),
        ("mixed", b"abcd"),
        ("nothing", b""),
        ("none", b""),
    ],
)
def test_each_kind_of_body_can_be_streamed(server: Orthanc, name: str, expected: bytes) -> None:
    answer = server.get(f"/source/{name}")
    assert (answer.status_code, answer.content) == (200, expected)


def test_an_error_before_the_first_piece_has_a_status(server: Orthanc) -> None:
    assert server.get("/fails-at-once").status_code == 404


def test_a_closed_file_is_an_error_with_a_status(server: Orthanc) -> None:
    assert server.get("/source/closed-file").status_code == 500
    server.wait_for_log("ValueError: I/O operation on closed file")


def test_an_error_later_cuts_the_answer_short(server: Orthanc) -> None:
    with contextlib.suppress(requests.exceptions.ChunkedEncodingError):
        assert server.get("/fails-later").text == "begun"
    server.wait_for_log("ValueError: in the middle")
    assert server.get("/source/str").status_code == 200


def test_wrong_arguments_leave_the_output_usable(server: Orthanc) -> None:
    rows = server.get("/wrong").json()
    assert [row[0] for row in rows] == ["TypeError", "TypeError", "TypeError"]
    assert "a body must be a bytes-like object, a str, a file" in rows[0][1]
    assert "must be bytes" in rows[1][1]


def test_a_client_that_goes_away_ends_the_generator(server: Orthanc) -> None:
    with server.get("/gone", stream=True) as answer:
        assert next(answer.iter_content(1000))
    wait_for(lambda: any(row[0] == "gone" for row in seen(server)), "an OrthancException")
    assert ["closed"] in seen(server)


def test_the_chunked_client_sends_and_receives(server: Orthanc) -> None:
    rows = server.post("/client", server.url).json()
    digest = hashlib.sha256(b"".join(pieces(40, 1_000_001))).hexdigest()
    assert rows["get"] == [200, "yes", digest]
    assert rows["post"] == [200, digest, ["POST", 40_000_040, "a", "Basic dXNlcjpzZWNyZXQ="]]
    assert rows["bytes"] == ["PUT", 2_500_000]
    assert rows["file"] == ["PUT", 4_000_000]
    assert rows["mixed"] == ["PUT", 4]
    assert rows["nothing"] == rows["none"] == ["PUT", 0]
    assert rows["missing"] == [404, True]
    assert rows["thrown away"] == 200
    assert rows["body"] == ["LookupError", "in the body"]
    assert rows["answer"] == ["LookupError", "in the answer"]
    for name in ("piece", "request", "sink", "headers"):
        assert rows[name] == "TypeError" or rows[name][0] == "TypeError", name
    assert rows["method"] == "ValueError"
    assert rows["refused"] == "OrthancException"


class Breaking(web.Handler):
    """A server that closes the connection in the middle of its response or of the request."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"begun")

    def do_PUT(self) -> None:
        self.rfile.read(1)


def test_a_server_that_goes_away(server: Orthanc) -> None:
    with web.serving(Breaking) as port:
        outcomes, received, ended = server.post("/broken", f"http://127.0.0.1:{port}/").json()
    assert outcomes == [["OrthancException", "(9, 'Error in the network protocol')"]] * 4
    assert received == "begun"
    assert ended == [True]


def test_an_upload_can_be_passed_on(server: Orthanc) -> None:
    answer = server.put("/forward", pieces(60, 500_000), headers={"X-To": server.url})
    expected = hashlib.sha256(b"".join(pieces(60, 500_000))).hexdigest()
    assert answer.json() == [200, expected]

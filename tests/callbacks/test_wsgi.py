# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""orthanc.mount with WSGI applications."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, newest_orthanc, reset, seen, wait_for
from tests.support.web import exchange

SCRIPT = """
import json
import threading
from wsgiref.validate import validator

import orthanc
from recorder import outcome, record, route


def show(environ, start_response):
    stream = environ['wsgi.input']
    size = environ.get('CONTENT_LENGTH')
    body = stream.read(int(size)) if size else b''.join(iter(lambda: stream.read(65536), b''))
    shown = {key: value for key, value in environ.items() if isinstance(value, str)}
    shown['body'] = body.decode('latin-1')
    shown['payload'] = repr(environ['orthanc.authentication_payload'])
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(shown).encode()]


def respond(environ, start_response):
    asked = json.loads(environ['wsgi.input'].read())
    headers = [tuple(header) for header in asked.get('headers', [])]
    start_response(asked['status'], headers)
    return [chunk.encode('latin-1') for chunk in asked.get('chunks', [])]


going = threading.Event()


class Chunks:
    def __init__(self, kind):
        self.kind = kind
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        if self.kind == 'empty' and self.count < 3:
            return b''
        if self.kind == 'first' or (self.kind == 'later' and self.count == 3):
            raise ValueError('the application has failed')
        if self.kind == 'stepwise' and self.count == 2:
            assert going.wait(60)
        if self.kind != 'endless' and self.count > 4:
            raise StopIteration
        return b'%d,' % self.count * (100_000 if self.kind == 'endless' else 1)

    def close(self):
        record('closed', self.kind)


def stream(environ, start_response):
    kind = environ['PATH_INFO'][1:]
    if kind == 'go':
        going.set()
        kind = 'short'
    headers = [('Content-Type', 'text/plain')]
    if kind == 'length':
        headers.append(('Content-Length', '8'))
    start_response('200 OK', headers)
    return Chunks(kind)


def writes(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    write(b'written ')
    return [b'and ', b'returned']


def replaces(environ, start_response):
    import sys
    start_response('200 OK', [('Content-Type', 'text/plain')])
    try:
        raise ValueError
    except ValueError:
        start_response('503 Busy', [('Content-Type', 'text/plain')], sys.exc_info())
    return [b'busy']


def forgets(environ, start_response):
    return [b'no status']


def text(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return ['text']


orthanc.mount('/valid', validator(show))
orthanc.mount('/valid/nested', validator(show))
orthanc.mount('/é.b', show)
orthanc.mount('/respond', respond)
orthanc.mount('/stream', validator(stream))
orthanc.mount('/writes', writes)
orthanc.mount('/replaces', replaces)
orthanc.mount('/forgets', forgets)
orthanc.mount('/text', text)
orthanc.mount('/studies/report', show)

for path in ('/', '', 'a', '/a//b', '/%41', '/a?b', '/valid/', 3):
    record('path', repr(path), *outcome(orthanc.mount, path, show)[:2])
record('application', *outcome(orthanc.mount, '/x', 3)[:2])


@route('/late')
def late(output, uri, **request):
    output.AnswerBuffer(json.dumps(outcome(orthanc.mount, '/late-application', show)[:2]), 'a/b')


@route('/inside')
def inside(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins('/valid/a?x=1'), 'application/json')
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


def respond(server: Orthanc, status: str, *chunks: str, **headers: str) -> requests.Response:
    asked = {
        "status": status,
        "headers": [[name.replace("_", "-"), value] for name, value in headers.items()],
        "chunks": chunks,
    }
    return server.post("/respond", json=asked, allow_redirects=False)


@pytest.mark.parametrize(
    ("target", "script", "path", "query"),
    [
        ("/valid", "/valid", "", ""),
        ("/valid/", "/valid", "/", ""),
        ("/valid/a/b", "/valid", "/a/b", ""),
        ("/valid/a/?x=1&x=2&y", "/valid", "/a/", "x=1&x=2&y"),
        ("/valid/nested", "/valid/nested", "", ""),
        ("/valid/nested/a/", "/valid/nested", "/a/", ""),
        ("/valid/nested2", "/valid", "/nested2", ""),
        ("/valid/a%20b%2525", "/valid", "/a b%25", ""),
        ("/valid/%C3%A9/%E9", "/valid", "/\u00c3\u00a9/\u00e9", ""),
        ("/%C3%A9.b/%C3%A9", "/\u00c3\u00a9.b", "/\u00c3\u00a9", ""),
        ("/studies/report/1", "/studies/report", "/1", ""),
    ],
)
def test_paths_and_queries(
    server: Orthanc, target: str, script: str, path: str, query: str
) -> None:
    shown = server.get(target).json()
    assert (shown["SCRIPT_NAME"], shown["PATH_INFO"]) == (script, path)
    # Orthanc up to 1.9.7 decodes the query string, so that "y" and "y=" are the same
    assert shown["QUERY_STRING"].rstrip("=") == query
    assert (shown["REQUEST_METHOD"], shown["REMOTE_ADDR"]) == ("GET", "127.0.0.1")
    assert shown["body"] == ""


def test_arguments_arrive_encoded(server: Orthanc) -> None:
    query = server.get("/valid/a?x=1%2F2&y=%C3%A9%E9+z&%20=").json()["QUERY_STRING"]
    assert query.isascii()
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    assert pairs == [("x", "1/2"), ("y", "é\udce9 z"), (" ", "")]


@pytest.mark.parametrize("server", OLDEST_TO_NEWEST[1:], indirect=True)
def test_encoded_signs_stay_encoded(server: Orthanc) -> None:
    """Orthanc 1.9.1 decodes query strings twice."""
    query = server.get("/valid/a?x=%2541%2B1").json()["QUERY_STRING"]
    assert parse_qsl(query) == [("x", "%41+1")]


def test_other_paths_do_not_reach_the_application(server: Orthanc) -> None:
    assert server.get("/valid2").status_code == 404
    assert server.get("/%C3%A9xb").status_code == 404
    assert server.get("/studies").json() == []


def test_headers_and_the_address_of_the_server_are_passed(server: Orthanc) -> None:
    headers = {"X-Name": "a", "X_Name": "forged", "Remote-User": "forged", "Cookie": "a=1; b=2"}
    shown = server.get("/valid/a", headers=headers).json()
    assert (shown["HTTP_X_NAME"], shown["HTTP_COOKIE"]) == ("a", "a=1; b=2")
    assert "REMOTE_USER" not in shown
    address = f"{shown['wsgi.url_scheme']}://{shown['HTTP_HOST']}"
    assert address == server.url
    assert shown["SERVER_PORT"] == server.url.rpartition(":")[2]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_reaches_the_application(server: Orthanc, method: str, chunked: bool) -> None:
    content = bytes(range(256)) * 1000
    parts = [content[:100_001], content[100_001:]]
    data: Any = iter(parts) if chunked else content
    shown = server.request(method, "/valid/a", data=data, headers={"Content-Type": "a/b"}).json()
    assert shown["body"] == content.decode("latin-1")
    assert shown["CONTENT_TYPE"] == "a/b"
    assert shown.get("CONTENT_LENGTH") == (None if chunked else str(len(content)))
    assert shown["REQUEST_METHOD"] == method


def test_delete_reaches_the_application(server: Orthanc) -> None:
    assert server.delete("/valid/a").json()["REQUEST_METHOD"] == "DELETE"


def test_a_request_from_inside_orthanc(server: Orthanc) -> None:
    shown = server.get("/inside").json()
    assert (shown["PATH_INFO"], shown["QUERY_STRING"]) == ("/a", "x=1")
    assert "REMOTE_ADDR" not in shown


@pytest.mark.parametrize(("method", "status"), [("HEAD", 404), ("OPTIONS", 404), ("PATCH", 400)])
def test_methods_that_orthanc_does_not_pass_on(server: Orthanc, method: str, status: int) -> None:
    assert server.request(method, "/valid/a").status_code == status


def test_a_form_with_files_needs_put(server: Orthanc) -> None:
    form = {"file": ("name.txt", b"content")}
    assert server.post("/valid/a", files=form).status_code == 415
    server.wait_for_log("multipart/form-data to /valid/a apart: send the form with PUT")
    assert "content" in server.put("/valid/a", files=form).json()["body"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("200 OK", 200),
        ("201 Created", 201),
        ("302 Found", 302),
        ("301 Moved Permanently", 302),
        ("308 Permanent Redirect", 307),
        ("404 Not Found", 404),
        ("422 Unprocessable Content", 422),
        ("429 Too Many Requests", 400),
        ("503 Service Unavailable", 503),
        ("511 Network Authentication Required", 500),
    ],
)
def test_each_status_is_sent_as_orthanc_can(server: Orthanc, given: str, sent: int) -> None:
    response = respond(
        server, given, "a", "b", Content_Type="text/x-a", X_Header="é", Location="/b"
    )
    assert (response.status_code, response.content) == (sent, b"ab")
    assert response.headers["Content-Type"].split(", ")[0] == "text/x-a"
    assert response.headers["X-Header"] == "é"
    assert response.headers["Location"] == "/b"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_statuses_without_a_body(server: Orthanc, status: str) -> None:
    response = respond(server, status, ETag='"a"')
    assert (response.status_code, response.content) == (int(status[:3]), b"")
    assert response.headers["ETag"] == '"a"'


def test_method_not_allowed_has_its_header(server: Orthanc) -> None:
    response = respond(server, "405 Method Not Allowed", "no", Allow="GET, PUT")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, PUT")


def test_a_status_that_orthanc_cannot_send_is_logged(server: Orthanc) -> None:
    assert respond(server, "425 Too Early", "x").status_code == 400
    server.wait_for_log("Orthanc cannot send the HTTP status 425: it sends 400")


def test_several_headers_of_one_name(server: Orthanc) -> None:
    headers = [["Set-Cookie", "a=1; Path=/"], ["Set-Cookie", "b=2"], ["Content-Type", "text/plain"]]
    asked = {"status": "200 OK", "headers": headers, "chunks": ["x"]}
    response = server.post("/respond", json=asked)
    assert dict(response.cookies) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("name", ["X-A", "Content-Type", "Location", "Set-Cookie"])
@pytest.mark.parametrize("status", ["200 OK", "302 Found", "404 Not Found"])
def test_a_line_break_in_a_header_is_refused(server: Orthanc, name: str, status: str) -> None:
    asked = {"status": status, "headers": [[name, "a\r\nX-Injected: 1"]], "chunks": ["x"]}
    response = server.post("/respond", json=asked)
    assert response.status_code == 500
    assert "X-Injected" not in response.headers


@pytest.mark.parametrize("kind", ["short", "empty", "length"])
def test_chunks_of_a_response(server: Orthanc, kind: str) -> None:
    response = server.get(f"/stream/{kind}")
    first = 3 if kind == "empty" else 1
    assert response.text == "".join(f"{number}," for number in range(first, 5))
    assert response.headers["Content-Type"] == "text/plain"
    wait_for(lambda: ["closed", kind] in seen(server), "the end of the response")


def test_an_error_before_the_first_chunk_is_a_500(server: Orthanc) -> None:
    assert server.get("/stream/first").status_code == 500
    server.wait_for_log("Error in the REST callback for GET /stream/first, traceback:")
    server.wait_for_log("ValueError: the application has failed")
    assert ["closed", "first"] in seen(server)


@newest_orthanc
def test_a_response_is_streamed(module_orthanc: Servers, where: str) -> None:
    server = module_orthanc(SCRIPT, debian=where)
    with requests.get(server.url + "/stream/stepwise", stream=True, timeout=60) as response:
        assert response.raw.read(2) == b"1,"
        assert server.get("/stream/go").status_code == 200
        assert response.raw.read() == b"2,3,4,"


@newest_orthanc
def test_the_iterator_is_closed_when_the_client_disconnects(
    module_orthanc: Servers, where: str
) -> None:
    server = module_orthanc(SCRIPT, debian=where)
    with requests.get(server.url + "/stream/endless", stream=True, timeout=60) as response:
        next(response.iter_content(1000))
    wait_for(lambda: ["closed", "endless"] in seen(server), "the end of the iterator")
    assert "Error in the REST callback" not in server.log


@newest_orthanc
def test_an_error_after_the_first_chunk_ends_the_connection(
    module_orthanc: Servers, where: str
) -> None:
    server = module_orthanc(SCRIPT, debian=where)
    port = int(server.url.rpartition(":")[2])
    answer = exchange(port, b"GET /stream/later HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n1,2,")
    server.wait_for_log("ValueError: the application has failed")
    assert ["closed", "later"] in seen(server)


def test_written_chunks_come_first(server: Orthanc) -> None:
    assert server.get("/writes").text == "written and returned"


def test_start_response_may_be_called_again_after_an_error(server: Orthanc) -> None:
    response = server.get("/replaces")
    assert (response.status_code, response.text) == (503, "busy")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/forgets", "RuntimeError: The WSGI application has not called start_response"),
        ("/text", "TypeError: a WSGI application yields bytes, not str"),
    ],
)
def test_a_faulty_application_is_a_500(server: Orthanc, path: str, message: str) -> None:
    assert server.get(path).status_code == 500
    server.wait_for_log(message)


def test_wrong_arguments_of_mount(server: Orthanc) -> None:
    rows = {row[1]: row[2:] for row in seen(server) if row[0] == "path"}
    assert rows["'/'"] == rows["''"]
    assert rows["'/'"][0] == "ValueError"
    for path in ("'a'", "'/a//b'", "'/%41'", "'/a?b'"):
        assert rows[path][0] == "ValueError"
        assert 'a decoded path that begins with "/"' in rows[path][1]
    assert rows["3"][0] == "TypeError"
    kind, message = rows["'/valid/'"]
    assert kind == "RuntimeError"
    assert re.search(r"/valid has an application already: .* at .*script\.py:\d+", message)
    [application] = [row[1:] for row in seen(server) if row[0] == "application"]
    assert application[0] == "TypeError"


def test_mount_in_a_callback_is_refused(server: Orthanc) -> None:
    kind, message = server.get("/late").json()
    assert kind == "RuntimeError"
    assert "while the script is being imported" in message
    assert server.get("/late-application").status_code == 404


def test_a_path_of_orthanc_is_hidden_with_a_warning(server: Orthanc) -> None:
    server.wait_for_log("The web application at /studies/report hides the paths of Orthanc below")


def test_mounts_work_after_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    reset(server)
    assert server.get("/valid/a/?x=1").json()["PATH_INFO"] == "/a/"

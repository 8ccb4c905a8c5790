# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""REST callbacks: the properties of a request that a script receives."""

from __future__ import annotations

import hashlib
import socket
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, version

SCRIPT = """
import json
import orthanc
from recorder import answer, route


def on_echo(output, uri, **request):
    types = {name: type(value).__name__ for name, value in request.items()}
    if 'body' in request:
        request['body'] = request['body'].decode('latin-1')
    answer(output, dict(request, uri=uri, types=types, order=list(types)))


orthanc.RegisterRestCallback('/echo(/.*)?', on_echo)
orthanc.RegisterRestCallback('/groups/(a)?(b|c)(?:d)/(\\\\d+)', on_echo)


class Bound:
    def method(self, output, uri, **request):
        output.AnswerBuffer('bound', 'text/plain')

    def __call__(self, output, uri, **request):
        output.AnswerBuffer('called', 'text/plain')


orthanc.RegisterRestCallback('/bound', Bound().method)
orthanc.RegisterRestCallback('/called', Bound())
orthanc.RegisterRestCallback('/lambda', lambda o, u, **r: o.AnswerBuffer('lambda', 'text/plain'))
orthanc.RegisterRestCallback('/order/.*', lambda o, u, **r: o.AnswerBuffer('first', 'text/plain'))
orthanc.RegisterRestCallback('/order/b', lambda o, u, **r: o.AnswerBuffer('second', 'text/plain'))


@route('/patients')
def override(output, uri, **request):
    output.AnswerBuffer('overridden', 'text/plain')


@route('/builtin/(.*)')
def builtin(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGet('/' + request['groups'][0]), 'application/json')


@route('/after/(.*)')
def after(output, uri, **request):
    path = '/' + request['groups'][0]
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins(path), 'text/plain')


@route('/relay/(get|post|put|delete)')
def relay(output, uri, **request):
    function = {
        'get': orthanc.RestApiGetAfterPlugins,
        'post': orthanc.RestApiPostAfterPlugins,
        'put': orthanc.RestApiPutAfterPlugins,
        'delete': orthanc.RestApiDeleteAfterPlugins,
    }[request['groups'][0]]
    body = [b'inner'] if request['groups'][0] in ('post', 'put') else []
    result = function('/echo/inner', *body)
    output.AnswerBuffer(b'null' if result is None else result, 'application/json')


@route('/modalities-twice')
def modalities(output, uri, **request):
    orthanc.RestApiPut('/modalities/probe', json.dumps(['AET', '127.0.0.1', 4242]))
    before = json.loads(orthanc.RestApiGet('/modalities'))
    orthanc.RestApiDelete('/modalities/probe')
    answer(output, [before, json.loads(orthanc.RestApiGet('/modalities'))])


@route('/size')
def size(output, uri, **request):
    answer(output, [len(request['body']), orthanc.ComputeMd5(request['body'])])


@route('/lookup')
def lookup(output, uri, **request):
    answer(output, json.loads(orthanc.RestApiPost('/tools/lookup', b'nobody')))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT)


def echo(server: Orthanc, method: str, path: str = "/echo", **options: Any) -> dict[str, Any]:
    response = server.request(method, path, **options)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_method_is_a_string(server: Orthanc, method: str) -> None:
    seen = echo(server, method)
    assert seen["method"] == method
    assert seen["types"]["method"] == "str"


def test_types_of_the_arguments(server: Orthanc) -> None:
    types = echo(server, "POST", data=b"x")["types"]
    assert types["groups"] == "tuple"
    assert types["headers"] == "dict"
    assert "get" not in types
    assert echo(server, "GET")["types"]["get"] == "dict"


def test_order_of_the_arguments(server: Orthanc) -> None:
    """The order of release 7.1, because scripts print the dictionary."""
    assert echo(server, "GET")["order"] == ["method", "groups", "get", "headers"]
    assert echo(server, "PUT", data=b"x")["order"] == ["method", "groups", "headers", "body"]


@pytest.mark.parametrize(
    ("path", "groups"),
    [
        ("/groups/abd/12", ["a", "b", "12"]),
        ("/groups/cd/7", ["", "c", "7"]),
        ("/echo/x/y", ["/x/y"]),
        ("/echo", [""]),
    ],
)
def test_the_groups_of_the_expression_are_passed(
    server: Orthanc, path: str, groups: list[str]
) -> None:
    assert echo(server, "GET", path)["groups"] == groups


@pytest.mark.parametrize(
    "path", ["/prefix/echo", "/groups/abd/x", "/ECHO", "/groups/abd/12/more", "/echoes"]
)
def test_the_whole_path_must_match(server: Orthanc, path: str) -> None:
    assert server.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/echo/a%20b/c%2Fd/?k", "/echo/a b/c/d"),
        ("//echo///x/", "/echo/x"),
        ("/echo/caf%C3%A9", "/echo/café"),
        ("/echo?x=/y", "/echo"),
    ],
)
def test_the_path_is_decoded_and_flattened(server: Orthanc, path: str, uri: str) -> None:
    assert echo(server, "GET", path)["uri"] == uri


def test_the_last_of_several_get_arguments_is_passed(server: Orthanc) -> None:
    seen = echo(server, "GET", "/echo?a=1&b=x&empty&a=2")
    assert seen["get"] == {"a": "2", "b": "x", "empty": ""}


def test_get_arguments_are_passed_on_as_orthanc_decodes_them(server: Orthanc) -> None:
    seen = echo(server, "GET", "/echo?b=x%20y&u=%C3%A9")["get"]
    decodes = version(server) >= (1, 12)
    assert seen == ({"b": "x y", "u": "é"} if decodes else {"b": "x%20y", "u": "%C3%A9"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_get_arguments_only_for_get(server: Orthanc, method: str) -> None:
    assert "get" not in echo(server, method, "/echo?a=1")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_body_is_bytes(server: Orthanc, method: str) -> None:
    data = bytes(range(256))
    seen = echo(server, method, data=data)
    assert seen["types"]["body"] == "bytes"
    assert seen["body"].encode("latin-1") == data


def test_an_empty_body_is_empty_bytes(server: Orthanc) -> None:
    seen = echo(server, "POST")
    assert seen["body"] == ""
    assert seen["types"]["body"] == "bytes"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_no_body_for_get_and_delete(server: Orthanc, method: str) -> None:
    assert "body" not in echo(server, method)


@pytest.mark.parametrize("megabytes", [0.99, 1, 16, 33.3])
def test_a_large_body_arrives_whole(server: Orthanc, megabytes: float) -> None:
    data = (b"0123456789abcde" * 2500000)[: int(megabytes * 2**20)]
    size, md5 = server.post("/size", data=data).json()
    assert size == len(data)
    assert md5 == hashlib.md5(data).hexdigest()


def test_headers_have_lower_case_names(server: Orthanc) -> None:
    headers = {"X-Custom": "Value; é".encode(), "Cookie": "a=b"}
    seen = echo(server, "GET", headers=headers)["headers"]
    assert seen["x-custom"] == "Value; é"
    assert seen["cookie"] == "a=b"
    assert all(name == name.lower() for name in seen)


@pytest.mark.parametrize("path", ["bound", "called", "lambda"])
def test_any_callable_is_kept_alive_by_its_registration(server: Orthanc, path: str) -> None:
    answer = server.get(f"/{path}")
    assert (answer.status_code, answer.text) == (200, path)


def test_the_first_matching_registration_wins(server: Orthanc) -> None:
    assert server.get("/order/b").text == "first"


def test_built_in_routes_can_be_overridden(server: Orthanc) -> None:
    assert server.get("/patients").text == "overridden"
    assert server.get("/builtin/patients").json() == []
    assert server.get("/after/patients").text == "overridden"


def test_a_callback_uses_the_rest_api(server: Orthanc) -> None:
    before, after = server.get("/modalities-twice").json()
    assert "probe" in before
    assert "probe" not in after
    assert server.get("/lookup").json() == []
    assert server.get("/builtin/system").json()["DicomAet"] == "ORTHANC"


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_a_callback_calls_another_one(server: Orthanc, method: str) -> None:
    inner = server.get(f"/relay/{method}").json()
    assert inner["method"] == method.upper()
    assert inner["uri"] == "/echo/inner"
    assert inner["headers"] == {}  # an internal call has none
    assert inner.get("body") == ("inner" if method in ("post", "put") else None)


def test_a_callback_calls_delete_of_another_one(server: Orthanc) -> None:
    assert server.get("/relay/delete").json() is None


@pytest.mark.parametrize(
    "request_line_and_header",
    [
        b"GET /echo/%FF%FE HTTP/1.1",
        b"GET /echo?x=%FF HTTP/1.1",
        b"GET /echo HTTP/1.1\r\nX-Value: \xff\xfe",
        b"GET /echo HTTP/1.1\r\nX-N\xffme: value",
    ],
)
def test_text_that_is_not_utf_8(server: Orthanc, request_line_and_header: bytes) -> None:
    """Such text is passed on or refused; the callback never starts with an error pending."""
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=60) as connection:
        connection.sendall(
            request_line_and_header + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b" ")[1] in (b"200", b"400", b"500")
    assert "SystemError" not in server.log
    assert echo(server, "GET")["method"] == "GET"


def test_head_and_options_do_not_reach_callbacks(server: Orthanc) -> None:
    assert server.request("HEAD", "/echo").status_code in (404, 405)
    assert server.request("OPTIONS", "/echo").status_code in (404, 405)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("path", ["/echo/x", "/groups/ab/12", "/groups/bd/1"])
@pytest.mark.parametrize("pieces", [[b"one"], [b"first ", b"\0\xff" * 100_000, b" last"]])
def test_a_body_in_chunks_is_the_same_request(
    server: Orthanc, method: str, path: str, pieces: list[bytes]
) -> None:
    plain = server.request(method, path, data=b"".join(pieces), headers={"X-Header": "value"})
    chunks = server.request(method, path, data=iter(pieces), headers={"X-Header": "value"})
    assert plain.status_code == chunks.status_code
    if plain.status_code == 200:
        expected, found = plain.json(), chunks.json()
        assert int(expected["headers"].pop("content-length")) == sum(map(len, pieces))
        assert found["headers"].pop("transfer-encoding") == "chunked"
        assert found == expected


def test_a_route_for_uploads_comes_before_one_for_all(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import answer

        orthanc.RegisterRestCallback('/.*', lambda output, uri, **r: answer(output, 'plain'))

        @lambda callback: orthanc.RegisterChunkedRestCallback('/upload', callback)
        def upload(output, uri, body=None, **request):
            answer(output, type(body).__name__)
        """
    )
    assert server.post("/upload", data=iter([b"a"])).json() == "UploadBody"
    assert server.post("/other", data=iter([b"a"])).json() == "plain"


@pytest.mark.chroot
def test_a_body_in_chunks_obeys_the_limit_of_orthanc(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, debian="sid", config={"MaximumRequestBodySizeMB": 1})
    piece = bytes(1 << 19)
    assert server.post("/echo/x", data=iter([piece, piece])).status_code == 200
    assert server.post("/echo/x", data=iter([piece, piece, b"1"])).status_code == 413
    assert server.post("/echo/x", data=2 * piece + b"1").status_code == 413


def test_a_length_beyond_the_limit_of_the_sdk_is_refused_at_once(server: Orthanc) -> None:
    """Before the body is read."""
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=60) as connection:
        connection.sendall(
            b"POST /echo/x%0AW1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4294967306\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    server.wait_for_log(r"Refused before the Python callback: /echo/x\\x0aW1: ")

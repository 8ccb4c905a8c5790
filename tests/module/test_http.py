# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests with all of HTTP: orthanc.rest, orthanc.peer(), orthanc.http, and SDK functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orthanc_python.server import Orthanc, free_port
from tests.support import web
from tests.support.servers import Servers

SCRIPT = """
import json
import orthanc
from recorder import answer, outcome, route


def told(response):
    return {'status': response.status_code, 'headers': dict(response.headers),
            'text': response.text, 'repr': repr(response), 'ok': response.ok}


@route('/echo/(.*)')
def echo(output, uri, groups, **request):
    request['body'] = request.get('body', b'').decode()
    output.SetHttpHeader('X-Answer', 'given')
    answer(output, {'uri': uri, **request})


@route('/raise/(.*)')
def fail(output, uri, groups, **request):
    raise orthanc.OrthancException(int(groups[0]), 'told')


@route('/relay/(.*)')
def relay(output, uri, groups, **request):
    orthanc.rest.get(f'/raise/{groups[0]}').raise_for_status()


CLIENTS = {'rest': lambda: orthanc.rest, 'peer': lambda: orthanc.peer('self'),
           'http': lambda: orthanc.http}


@route('/send/(.*)')
def send(output, uri, groups, body, **request):
    wanted = json.loads(body)
    client = CLIENTS[groups[0]]()
    try:
        answer(output, told(client.request(**wanted)))
    except Exception as error:
        answer(output, {'error': type(error).__name__, 'text': str(error)})


@route('/study')
def study(output, uri, **request):
    found = orthanc.rest.post('/tools/find', json={'Level': 'Study', 'Query': {}})
    system = orthanc.rest.get('/system')
    answer(output, [found.json(), system.json()['ApiVersion'] > 1,
                    system.headers['CONTENT-TYPE'].startswith('application/json'),
                    'nothing' in system.headers, len(system.headers) > 1])


@route('/raw')
def raw(output, uri, **request):
    method = orthanc.HttpMethod
    response = orthanc.CallRestApi(method.GET, '/echo/raw?a=1', {'X-B': '2'}, after_plugins=True)
    answer(output, [
        [response.status_code, response.headers['x-answer'], response.json()],
        json.loads(orthanc.RestApiGet2('/echo/two', {'X-C': '3'}, True)),
        outcome(orthanc.RestApiGet2, '/echo/two'),
        outcome(orthanc.RestApiGet2, '/system', {'a': 1}),
        outcome(orthanc.CallRestApi, method.GET, '/system', ['a', 'b']),
        outcome(orthanc.CallRestApi, method.GET, '/system', {'a': 'b\\r\\nc: d'}),
        outcome(orthanc.CallRestApi, 9, '/system'),
        outcome(orthanc.CallRestApi, 'GET', '/system'),
        outcome(orthanc.CallRestApi, method.GET, b'/system'),
        outcome(orthanc.CallRestApi, method.POST, '/tools/lookup', None, 3),
        outcome(orthanc.CallRestApi, method.GET, '/system', None, None, 1),
        outcome(orthanc.CallRestApi, method.GET),
        outcome(orthanc.HttpClient, method.GET, 'http://127.0.0.1:9', timeout=-1),
        outcome(orthanc.HttpClient, method.GET, 'http://127.0.0.1:9', username=3),
        outcome(orthanc.GetPeers().CallPeerApi, 99, method.GET, '/system'),
        outcome(orthanc.peer, 'nobody'),
    ])


@route('/early')
def early(output, uri, **request):
    answer(output, EARLY)


EARLY = [outcome(orthanc.rest.get, path)[:2] for path in ('/system', '/studies')]

orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: not uri.startswith('/echo/closed'))
"""


class Backend(web.Handler):
    """An HTTP server other than Orthanc: its responses describe the request."""

    def do_GET(self) -> None:
        text = "|".join(
            [
                self.command,
                self.path,
                self.headers.get("X-Test", ""),
                self.headers.get("Authorization", ""),
                self.body().decode(),
            ]
        )
        self.answer(
            text.encode("latin-1"),
            503 if self.path == "/down" else 200,
            Content_Type='text/plain; charset="iso-8859-1"',
            X_Back="end",
        )

    do_POST = do_PUT = do_DELETE = do_GET


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    with web.serving(Backend) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    port = free_port()
    return module_orthanc(
        SCRIPT,
        debian=where,
        http_port=port,
        config={
            "OrthancPeers": {"self": [f"http://127.0.0.1:{port}/", "alice", "secret"]},
            "HttpTimeout": 20,
        },
    )


def send(server: Orthanc, client: str, method: str, url: str, **options: Any) -> dict[str, Any]:
    answer = server.post(f"/send/{client}", json={"method": method, "url": url, **options})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def echoed(told: dict[str, Any]) -> dict[str, Any]:
    assert told["status"] == 200, told
    echo: dict[str, Any] = json.loads(told["text"])
    return echo


@pytest.mark.parametrize("client", ["rest", "peer"])
def test_methods_and_bodies(server: Orthanc, client: str) -> None:
    value = "1+ü %" if client == "rest" else "1"
    got = send(server, client, "GET", "/echo/a", params={"x": value}, headers={"X-Mine": "m"})
    assert {name.lower(): value for name, value in got["headers"].items()}["x-answer"] == "given"
    assert (got["repr"], got["ok"]) == ("<Response [200]>", True)
    echo = echoed(got)
    assert echo["method"] == "GET"
    assert echo["get"] == {"x": value}
    assert echo["headers"]["x-mine"] == "m"
    for method in ("POST", "PUT"):
        echo = echoed(send(server, client, method, "/echo/b", data="text"))
        assert (echo["method"], echo["body"]) == (method, "text")
    echo = echoed(send(server, client, "POST", "/echo/c", json={"a": [1]}))
    assert echo["body"] == '{"a": [1]}'
    assert echo["headers"]["content-type"] == "application/json"
    assert send(server, client, "DELETE", "/echo/d")["status"] == 200


def test_a_peer_is_asked_with_its_credentials(server: Orthanc) -> None:
    headers = echoed(send(server, "peer", "GET", "/echo/a"))["headers"]
    assert headers["authorization"].startswith("Basic ")
    assert "authorization" not in echoed(send(server, "rest", "GET", "/echo/a"))["headers"]


def test_internal_calls_pass_no_filter(server: Orthanc) -> None:
    assert send(server, "rest", "GET", "/echo/closed")["status"] == 200
    assert send(server, "peer", "GET", "/echo/closed")["status"] == 403


def test_routes_of_plugins_are_optional(server: Orthanc) -> None:
    assert send(server, "rest", "GET", "/echo/a", after_plugins=False)["status"] == 404
    assert send(server, "rest", "GET", "/system", after_plugins=False)["status"] == 200


@pytest.mark.parametrize("client", ["rest", "peer"])
def test_errors_are_answers(server: Orthanc, client: str) -> None:
    assert send(server, client, "GET", "/nothing/here")["status"] == 404
    missing = send(server, client, "GET", "/instances/nope/file")
    assert (missing["status"], missing["ok"]) == (404, False)
    assert send(server, client, "POST", "/instances", data="no DICOM")["status"] == 400


def test_an_error_is_the_one_an_http_client_gets(server: Orthanc) -> None:
    for code in [*range(1, 47), 2000]:
        if code == 6:
            continue  # the code for a response that Orthanc cannot send
        outside = server.get(f"/raise/{code}").status_code
        inside = send(server, "rest", "GET", f"/raise/{code}")
        if outside == 500 and code in (45, 46):
            continue  # only newer versions of Orthanc have it
        assert (code, inside["status"]) == (code, outside)
        assert (code, server.get(f"/relay/{code}").status_code) == (code, outside)


def test_status_of_an_answer_to_an_internal_call(server: Orthanc) -> None:
    answer = send(server, "rest", "GET", "/raise/17")
    assert (answer["status"], '"OrthancStatus": 17' in answer["text"]) == (404, True) or not answer[
        "text"
    ]


def test_requests_reach_other_servers(server: Orthanc, backend: str) -> None:
    got = send(server, "http", "GET", f"{backend}/path?q=1", headers={"X-Test": "é"}, timeout=10)
    assert got["status"] == 200
    assert got["headers"]["X-Back"] == "end"
    assert got["text"].startswith("GET|/path?q=1|Ã")  # latin-1, as in the response's Content-Type
    put = send(server, "http", "PUT", f"{backend}/", data="body", auth=["alice", "secret"])
    assert put["text"] == "PUT|/||Basic YWxpY2U6c2VjcmV0|body"
    assert send(server, "http", "GET", f"{backend}/down")["status"] == 503
    assert send(server, "http", "DELETE", f"{backend}/x")["status"] == 200
    params = send(server, "http", "GET", f"{backend}/p?a=1", params={"b": [2, "ü "]})
    assert params["text"].startswith("GET|/p?a=1&b=2&b=%C3%BC%20|")


def test_no_answer_raises(server: Orthanc) -> None:
    refused = send(server, "http", "GET", f"http://127.0.0.1:{free_port()}/")
    assert refused["error"] == "OrthancException"
    assert refused["text"].startswith("(9, ")


def test_bad_requests_raise(server: Orthanc) -> None:
    for client, options, text in [
        ("rest", {"method": "PATCH", "url": "/"}, "not 'PATCH'"),
        ("rest", {"method": "POST", "url": "/a?b=c"}, "query strings for GET only"),
        ("rest", {"method": "GET", "url": "/", "params": {"a": "b&c"}}, "cannot contain '&'"),
        ("rest", {"method": "POST", "url": "/", "data": "a", "json": 1}, "not both"),
        ("rest", {"method": 1, "url": "/"}, "not 1"),
        ("rest", {"method": "GET", "url": 3}, "url must be str, not int"),
        ("http", {"method": "POST", "url": 3, "params": {"a": 1}}, "url must be str, not int"),
        ("rest", {"method": "GET", "url": "/", "timeout": 3}, "'timeout': its options are after_"),
        (
            "http",
            {"method": "GET", "url": "x", "verify": False},
            "'verify': its options are auth, ",
        ),
        ("peer", {"method": "GET", "url": "/", "cert": "x"}, "'cert': its options are timeout"),
        ("http", {"method": "GET", "url": "x", "auth": "alice"}, "auth is a tuple"),
        ("http", {"method": "GET", "url": "x", "auth": ["alice"]}, "auth is a tuple"),
        ("rest", {"method": "GET", "url": "/", "headers": {"a\n": "b"}}, "line breaks"),
        ("http", {"method": "GET", "url": "x", "cert": ["a", "b", "c", "d"]}, "cert is a file"),
        ("http", {"method": "GET", "url": "x", "timeout": "soon"}, "must be int"),
    ]:
        answer = server.post(f"/send/{client}", json=options).json()
        assert text in answer.get("text", ""), answer
        assert answer["error"] in ("ValueError", "TypeError"), answer


def test_client_certificate_is_read(server: Orthanc) -> None:
    answer = send(server, "http", "GET", "https://127.0.0.1:9/", cert=["/no/such.pem", "/no/key"])
    assert answer["error"] == "OrthancException"


def test_requests_during_the_import_raise(server: Orthanc) -> None:
    """While Orthanc loads scripts it has no database: requests raise an exception."""
    for kind, text in server.get("/early").json():
        assert kind == "OrthancException"
        assert text.startswith("(2038, ")


def test_use_in_a_script(server: Orthanc) -> None:
    assert server.get("/study").json() == [[], True, True, False, True]


def test_the_functions_of_the_sdk_check_their_arguments(server: Orthanc) -> None:
    results = server.get("/raw").json()
    status, header, echo = results[0]
    assert (status, header) == (200, "given")
    assert (echo["get"], echo["headers"]["x-b"]) == ({"a": "1"}, "2")
    assert results[1]["headers"]["x-c"] == "3"
    expected = [
        ("OrthancException", "17"),
        ("TypeError", "must be str, not int"),
        ("TypeError", "must be a mapping of str to str, not list"),
        ("ValueError", "line breaks"),
        ("ValueError", "argument 'method' is not a value of orthanc.HttpMethod"),
        ("TypeError", "argument 'method' must be int, not str"),
        ("TypeError", "argument 'uri' must be str, not bytes"),
        ("TypeError", "argument 'body' must be bytes"),
        ("TypeError", "argument 'after_plugins' must be bool, not int"),
        ("TypeError", "missing required argument 'uri'"),
        ("OverflowError", "argument 'timeout' is out of range"),
        ("TypeError", "argument 'username' must be str, not int"),
        ("OrthancException", "3"),
        ("OrthancException", "Unknown Orthanc peer: nobody"),
    ]
    for result, (kind, text) in zip(results[2:], expected):
        assert result[0] == kind, result
        assert text in result[1], result
    assert len(results) == len(expected) + 2

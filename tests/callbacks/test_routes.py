# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Routes and events by decorators: orthanc.route and orthanc.on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from requests import Response

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, reset, seen, wait_for

SCRIPT = """
import orthanc
from recorder import record

RESULTS = {
    'text': 'Grüße',
    'bytes': b'\\0\\xff',
    'dict': {'a': [1, None]},
    'list': [1, 'é'],
    'none': None,
    'created': orthanc.HttpResponse({'id': 1}, status=201, headers={'X-Id': '1'}),
    'html': orthanc.HttpResponse('<p>', mime='text/html'),
    'wrong': 3,
}


@orthanc.route('/result/(.*)')
def result(request, name):
    return RESULTS[name]


@orthanc.route('/stream/([0-9]+)')
def stream(request, count):
    for number in range(int(count)):
        yield f'{number},'


@orthanc.route('/error/([0-9]+)')
def error(request, status):
    raise orthanc.HttpError(int(status), 'No study "ä"', headers={'X-Reason': 'test'})


@orthanc.route('/late/(.*)')
def late(request, kind):
    if kind == 'first':
        raise orthanc.HttpError(404, 'before the first chunk')
    yield b'first'
    raise ValueError('after the first chunk')


@orthanc.route('/echo', methods=['POST', 'PUT'])
def echo(request):
    return {'method': request.method, 'json': request.json(), 'text': request.text,
            'type': request.headers.get('Content-Type')}


@orthanc.route('/echo')
def query(request):
    return {'query': request.query, 'groups': request.groups, 'uri': request.uri}


@orthanc.route('/inject/(.*)', methods=['POST'])
def inject(request, kind):
    value = request.json()
    if kind == 'header':
        return orthanc.HttpResponse('x', headers={'X-A': value})
    return orthanc.HttpResponse('x', mime=value, status=200 if kind == 'mime' else 201)


@orthanc.on(orthanc.ChangeType.NEW_STUDY, orthanc.ChangeType.NEW_INSTANCE)
def on_new(change_type, level, resource_id):
    record('new', change_type, level, resource_id)


@orthanc.on(orthanc.ChangeType.NEW_SERIES)
def on_series(change_type, level, resource_id):
    record('series', change_type)
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


def mime_type(response: Response) -> str:
    """Orthanc 1.13.0 adds a second Content-Type, text/plain, to a status other than 200."""
    return response.headers["Content-Type"].split(", ")[0]


@pytest.mark.parametrize(
    ("name", "status", "content", "mime"),
    [
        ("text", 200, "Grüße".encode(), "text/plain; charset=utf-8"),
        ("bytes", 200, b"\0\xff", "application/octet-stream"),
        ("dict", 200, b'{"a": [1, null]}', "application/json"),
        ("list", 200, b'[1, "\\u00e9"]', "application/json"),
        ("none", 204, b"", None),
        ("created", 201, b'{"id": 1}', "application/json"),
        ("html", 200, b"<p>", "text/html"),
    ],
)
def test_each_kind_of_result_becomes_a_response(
    server: Orthanc, name: str, status: int, content: bytes, mime: str | None
) -> None:
    response = server.get(f"/result/{name}")
    assert (response.status_code, response.content) == (status, content)
    assert mime is None or mime_type(response) == mime
    assert response.headers.get("X-Id") == ("1" if name == "created" else None)


def test_a_wrong_result_is_an_error_of_the_server(server: Orthanc) -> None:
    assert server.get("/result/wrong").status_code == 500
    server.wait_for_log("TypeError: a route must not return int: return str, bytes, dict")


def test_a_generator_is_streamed(server: Orthanc) -> None:
    response = server.get("/stream/3")
    assert (response.status_code, response.content) == (200, b"0,1,2,")
    assert mime_type(response) == "text/plain; charset=utf-8"
    assert server.get("/stream/0").content == b""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 503])
def test_an_http_error_has_a_status_and_a_message(server: Orthanc, status: int) -> None:
    response = server.get(f"/error/{status}")
    assert response.status_code == status
    assert mime_type(response) == "application/json"
    assert response.headers["X-Reason"] == "test"
    message = {"HttpStatus": status, "Message": 'No study "ä"', "Method": "GET"}
    assert response.json() == {**message, "Uri": f"/error/{status}"}


def test_an_error_of_a_generator(server: Orthanc) -> None:
    response = server.get("/late/first")
    assert (response.status_code, response.json()["Message"]) == (404, "before the first chunk")


def test_json_bodies(server: Orthanc) -> None:
    response = server.post("/echo", json={"a": "é"})
    assert response.json()["json"] == {"a": "é"}
    assert response.json()["type"] == "application/json"
    assert server.request("PUT", "/echo", data="[1]").json()["method"] == "PUT"
    for body in (b"", b"{", b"\xff"):
        wrong = server.post("/echo", data=body)
        assert wrong.status_code == 400
        assert wrong.json()["Message"].startswith("The body is not valid JSON: ")


def test_each_method_has_its_function(server: Orthanc) -> None:
    expected = {"query": {"a": "1", "b": "é 2"}, "groups": [], "uri": "/echo"}
    assert server.get("/echo?a=1&b=%C3%A9%202").json() == expected
    refused = server.delete("/echo")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(",")) == {"GET", "POST", "PUT"}


@pytest.mark.parametrize("kind", ["header", "mime", "mime of an error"])
def test_a_value_cannot_inject_a_header(server: Orthanc, kind: str) -> None:
    response = server.post(f"/inject/{kind}", json="a\r\nX-Injected: yes")
    assert response.status_code == 500
    assert "X-Injected" not in response.headers
    server.wait_for_log("ValueError: .*must not contain line breaks")


def test_events_reach_the_functions_of_their_types_also_after_a_reset(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    server = orthanc(SCRIPT)
    reset(server)
    assert server.get("/result/dict").status_code == 200
    uploaded = server.post("/instances", data=dicom_file("ROUTES").read_bytes()).json()
    wait_for(lambda: len(seen(server)) == 3, "three events")
    rows = seen(server)
    assert ["new", 3, 3, uploaded["ID"]] in rows
    assert [row[0] for row in rows] == ["new", "series", "new"]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that is not UTF-8 crosses both ways without a loss (PEP 383)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.servers import Servers, newest_orthanc

SCRIPT = """
import json
import os
import tempfile

import orthanc
from recorder import answer, outcome, route


def escaped(data):
    return data.decode('utf-8', 'surrogateescape')


def allow(uri, **request):
    everything = [uri, *request['headers'].items(), *request.get('get', {}).items()]
    return 'forbidden' not in repr(everything) and not uri.startswith('/denied')


orthanc.RegisterIncomingHttpRequestFilter(allow)


@route('/(echo|denied)(/.*)?')
def echo(output, uri, **request):
    value = request['headers'].get('x-user', '')
    output.SetHttpHeader('X-User', value)
    output.SetCookie('user', value)
    answer(output, [uri, request['groups'], value, request['get']])


@route('/body/(.*)')
def body(output, uri, groups, **request):
    output.AnswerBuffer(groups[0], 'text/plain; x=' + groups[0])


# Each takes a text to Orthanc and back, or says that it cannot
def through_file(text):
    folder = tempfile.mkdtemp()
    path = folder + '/' + text
    orthanc.WriteFile(path, b'content')
    assert os.listdir(os.fsencode(folder)) == [os.fsencode(text)]
    assert orthanc.ReadFile(path) == b'content'
    return text


def through_store(text):
    orthanc.StoreKeyValue(text, 'x' + text, b'content')
    assert orthanc.GetKeyValue(text, 'x' + text) == b'content'
    found = [key for key, _ in orthanc.CreateKeysValuesIterator(text)]
    orthanc.DeleteKeyValue(text, found[0])
    assert orthanc.GetKeyValue(text, 'x' + text) is None
    return found[0][1:]


def through_queue(text):
    orthanc.EnqueueValue(text, b'content')
    assert orthanc.GetQueueSize(text) == 1
    orthanc.DequeueValue(text, orthanc.QueueOrigin.FRONT)
    return text


def through_property(text):
    orthanc.SetGlobalProperty(2000, text)
    return orthanc.GetGlobalProperty(2000, '')


def through_default(text):
    return orthanc.GetGlobalProperty(2001, text)


def through_body(text):
    return escaped(orthanc.RestApiGetAfterPlugins('/body/' + text))


def through_client(text):
    response = orthanc.rest.get('/body/' + text)
    assert response.text
    return escaped(response.content)


WAYS = {name[8:]: way for name, way in list(globals().items()) if name.startswith('through_')}


@route('/through/(.*)')
def through(output, uri, groups, **request):
    output.AnswerBuffer(WAYS[groups[0]](escaped(request['body'])), 'text/plain')


@route('/log')
def log(output, uri, **request):
    text = escaped(request['body'])
    orthanc.LogError('error ' + text)
    orthanc.LogWarning('warning ' + text)
    output.SetHttpErrorDetails(text, 1)
    raise ValueError(text)


@route('/lone')
def lone(output, uri, **request):
    answer(output, [outcome(orthanc.RestApiGet, '/\\ud800')[0],
                    outcome(orthanc.RestApiGet, '/\\udc7f')[0],
                    outcome(output.SetHttpHeader, 'X', '\\udfff')[0],
                    outcome(output.AnswerBuffer, '\\ud800', 'text/plain')[0]])


@route('/unanswered.*')
def unanswered(output, uri, **request):
    pass
"""


def without(*excluded: int) -> st.SearchStrategy[bytes]:
    """All bytes except these."""
    rest = sorted(set(range(1, 256)) - set(excluded))
    return st.lists(st.sampled_from(rest), min_size=1, max_size=40).map(bytes)


CONTROLS = (*range(32), 127)

properties = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


def escaped(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def test_a_latin_1_header_reaches_the_callback(server: Orthanc) -> None:
    status, head, body = web.get(server.http_port, b"/echo", b"X-User: M\xfcller")
    assert status == 200
    assert body == rb'["/echo", ["echo", ""], "M\udcfcller", {}]'
    assert b"\r\nX-User: M\xfcller\r\n" in head
    assert b"\r\nSet-Cookie: user=M\xfcller\r\n" in head


def test_the_callback_is_called_for_each_byte_of_a_uri(server: Orthanc) -> None:
    status, _, body = web.get(server.http_port, b"/echo/%FF%C3?%E9=1")
    assert status == 200
    *path, arguments = json.loads(body)
    assert path == ["/echo/\udcff\udcc3", ["echo", "/\udcff\udcc3"], ""]
    assert arguments in ({"\udce9": "1"}, {"%E9": "1"})  # Orthanc 1.10.1 does not decode them


@pytest.mark.parametrize(
    ("target", "header"),
    [
        (b"/denied/%FF", b"X-User: x"),
        (b"/denied?a=%FF", b"X-User: M\xfcller"),
        (b"/echo/%FF", b"X-User: \xfcforbidden"),
        (b"/echo?%FFforbidden=1", b"X-User: x"),
        (b"/system?forbidden%C3", b"X-User: x"),
    ],
)
def test_a_filter_denies_text_that_is_not_utf_8(
    server: Orthanc, target: bytes, header: bytes
) -> None:
    assert web.get(server.http_port, target, header)[0] == 403


def test_a_filter_lets_such_a_request_through_to_orthanc_itself(server: Orthanc) -> None:
    status, _, body = web.get(server.http_port, b"/system", b"X-User: M\xfcller")
    assert (status, b"ApiVersion" in body) == (200, True)


def test_every_byte_in_a_header(server: Orthanc) -> None:
    @properties
    @given(without(*CONTROLS))
    def check(value: bytes) -> None:
        value = b"x" + value + b"x"  # servers strip leading and trailing spaces
        _, head, _ = web.get(server.http_port, b"/echo", b"X-User: " + value)
        assert b"\r\nX-User: " + value + b"\r\n" in head

    check()


def test_every_byte_in_a_group_and_a_mime_type(server: Orthanc) -> None:
    @properties
    @given(without(*CONTROLS))
    def check(value: bytes) -> None:
        value = b"x" + value + b"x"
        target = b"/body/" + quote_from_bytes(value, safe="").encode()
        status, head, body = web.get(server.http_port, target)
        # Orthanc removes trailing and repeated slashes from a path
        if not set(value) & set(b"/\\"):
            assert (status, body) == (200, value)
            assert b"\r\nContent-Type: text/plain; x=" + value + b"\r\n" in head

    check()


@pytest.mark.parametrize("way", ["file", "property", "default", "body", "client"])
def test_every_byte_there_and_back(server: Orthanc, way: str) -> None:
    check_bytes(server, way)


@newest_orthanc
@pytest.mark.parametrize("way", ["store", "queue"])
def test_every_byte_there_and_back_in_stores(server: Orthanc, way: str) -> None:
    check_bytes(server, way)


def check_bytes(server: Orthanc, way: str) -> None:
    excluded = (*b"/.?\\",) if way in ("file", "body", "client") else ()

    @properties
    @given(without(*excluded))
    def check(value: bytes) -> None:
        if way in ("body", "client"):
            value = bytes(byte for byte in value if byte not in CONTROLS) + b"x"
        response = server.post(f"/through/{way}", value)
        assert (response.status_code, response.content) == (200, value)

    check()


def test_metadata(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    instance = server.post("/instances", dicom_file("text").read_bytes()).json()["ID"]
    uri = f"/instances/{instance}/metadata/1024"

    @properties
    @given(without())
    def check(value: bytes) -> None:
        assert server.put(uri, value).status_code == 200
        assert server.get(uri).content == value

    check()


def test_a_surrogate_that_stands_for_no_byte_is_refused(server: Orthanc) -> None:
    response = server.get("/lone")
    assert response.json() == ["UnicodeEncodeError"] * 4


def test_the_log_holds_valid_utf_8_only(server: Orthanc) -> None:
    response = server.post("/log", "grüße ".encode() + b"M\xfcller")
    assert response.status_code == 500
    for name in ("ValueError:", "error", "warning"):
        server.wait_for_log(re.escape(f"{name} grüße M\\udcfcller"))
    assert "\ufffd" not in server.log


def test_a_uri_begins_no_line_of_the_log(server: Orthanc) -> None:
    status, _, _ = web.get(server.http_port, b"/unanswered%0D%0AE0101%20forged%FF")
    assert status == 500
    server.wait_for_log(re.escape(r"no response to GET /unanswered\x0d\x0aE0101 forged\xff"))
    assert "\nE0101 forged" not in server.log

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each way in which a REST callback answers."""

from __future__ import annotations

import io
import socket

import pytest
from PIL import Image

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, seen

SCRIPT = """
import orthanc
from recorder import answer, outcome, route


@route('/text')
def text(output, uri, **request):
    output.AnswerBuffer('Grüße', 'text/plain')


@route('/bytes')
def raw(output, uri, **request):
    output.AnswerBuffer(bytes(range(256)), 'application/octet-stream')


@route('/buffer')
def buffer(output, uri, **request):
    output.AnswerBuffer(memoryview(bytearray(b'0123456789'))[2:5], 'text/plain')


@route('/empty')
def empty(output, uri, **request):
    output.AnswerBuffer(b'', 'text/plain')


@route('/large')
def large(output, uri, **request):
    output.AnswerBuffer(b'x' * 50_000_000, 'application/octet-stream')


@route('/with-headers/(.*)')
def with_headers(output, uri, groups, **request):
    output.SetHttpHeader('X-One', '1')
    output.SetCookie('session', 'abc')
    if groups[0] == 'redirect':
        output.Redirect('/text')
    elif groups[0] == 'refuse':
        output.SendUnauthorized('realm')
    else:
        output.SetHttpHeader('Location', '/text')
        output.SendHttpStatusCode(303)


@route('/header')
def header(output, uri, **request):
    output.SetHttpHeader('X-One', '1')
    output.SetCookie('session', 'abc')
    output.AnswerBuffer('ok', 'text/plain')


@route('/redirect')
def redirect(output, uri, **request):
    output.Redirect('/text')


@route('/unauthorized')
def unauthorized(output, uri, **request):
    output.SendUnauthorized('my realm')


@route('/not-allowed')
def not_allowed(output, uri, **request):
    output.SendMethodNotAllowed('GET,PUT')


@route('/code/([0-9]+)')
def code(output, uri, **request):
    output.SendHttpStatusCode(int(request['groups'][0]))


@route('/status')
def status(output, uri, **request):
    output.SendHttpStatus(409, 'taken')


@route('/status-bytes')
def status_bytes(output, uri, **request):
    output.SendHttpStatus(status=410, body=b'gone\\x00\\xff')


@route('/status-size')
def status_size(output, uri, **request):
    output.SendHttpStatus(404, 'missing for ever', 7)


@route('/status-size-too-large')
def status_size_too_large(output, uri, **request):
    result = outcome(output.SendHttpStatus, 404, 'short', 6)
    output.AnswerBuffer(result[0], 'text/plain')


@route('/multipart')
def multipart(output, uri, **request):
    output.StartMultipartAnswer('related', 'text/plain')
    output.SendMultipartItem('one')
    output.SendMultipartItem(b'two')


PIXELS = bytes([0, 50, 100, 150, 200, 250])


@route('/png')
def png(output, uri, **request):
    output.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 3, 2, 3, PIXELS)


@route('/jpeg')
def jpeg(output, uri, **request):
    output.CompressAndAnswerJpegImage(orthanc.PixelFormat.GRAYSCALE8, 3, 2, 3, PIXELS, 90)


@route('/png-too-short')
def png_too_short(output, uri, **request):
    format = orthanc.PixelFormat.GRAYSCALE8
    result = outcome(output.CompressAndAnswerPngImage, format, 200000, 5000, 200000, b'1')
    output.AnswerBuffer(result[0], 'text/plain')


@route('/twice')
def twice(output, uri, **request):
    output.AnswerBuffer('once', 'text/plain')
    output.AnswerBuffer('twice', 'text/plain')


KEPT = []


@route('/keep')
def keep(output, uri, **request):
    KEPT.append(output)
    output.AnswerBuffer('', 'text/plain')


@route('/kept')
def kept(output, uri, **request):
    calls = [
        (KEPT[-1].AnswerBuffer, 'late', 'text/plain'),
        (KEPT[-1].SetHttpHeader, 'X-Late', '1'),
        (KEPT[-1].SendHttpStatusCode, 404),
    ]
    answer(output, [outcome(*call)[0] for call in calls])


@route('/keywords')
def keywords(output, uri, **request):
    output.AnswerBuffer(answer='by name', mime_type='text/x-python')
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT)


def test_text_is_sent_as_utf_8(server: Orthanc) -> None:
    response = server.get("/text")
    assert response.content == "Grüße".encode()
    assert response.headers["Content-Type"].startswith("text/plain")


def test_bytes_are_sent_unchanged(server: Orthanc) -> None:
    response = server.get("/bytes")
    assert response.content == bytes(range(256))
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_anything_with_the_buffer_protocol(server: Orthanc) -> None:
    assert server.get("/buffer").content == b"234"


def test_an_empty_answer_is_sent(server: Orthanc) -> None:
    response = server.get("/empty")
    assert (response.status_code, response.content) == (200, b"")


def test_a_large_answer_is_sent_whole(server: Orthanc) -> None:
    assert server.get("/large").content == b"x" * 50_000_000


def test_headers_and_cookies(server: Orthanc) -> None:
    response = server.get("/header")
    assert response.headers["X-One"] == "1"
    assert response.cookies["session"] == "abc"


def test_redirect_sends_a_location(server: Orthanc) -> None:
    response = server.get("/redirect", allow_redirects=False)
    assert response.status_code in (301, 307)  # 301 in older Orthancs
    assert response.headers["Location"] == "/text"
    assert server.get("/redirect").content == "Grüße".encode()


@pytest.mark.parametrize(
    ("way", "status", "kept"),
    [("see-other", 303, True), ("redirect", 307, False), ("refuse", 401, False)],
)
def test_which_answers_keep_headers(server: Orthanc, way: str, status: int, kept: bool) -> None:
    answer = server.get(f"/with-headers/{way}", allow_redirects=False)
    assert answer.status_code in (status, 301)  # 301 in older Orthancs
    assert answer.cookies.get("session") == ("abc" if kept else None)
    assert answer.headers.get("X-One") == ("1" if kept else None)
    assert answer.headers.get("Location") == (None if way == "refuse" else "/text")


def test_unauthorized(server: Orthanc) -> None:
    response = server.get("/unauthorized")
    assert response.status_code == 401
    assert 'realm="my realm"' in response.headers["WWW-Authenticate"]


def test_method_not_allowed(server: Orthanc) -> None:
    response = server.get("/not-allowed")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET,PUT"


@pytest.mark.parametrize("code", [201, 202, 400, 404, 503])
def test_status_code(server: Orthanc, code: int) -> None:
    assert server.get(f"/code/{code}").status_code == code


@pytest.mark.parametrize(
    ("path", "code", "body"),
    [
        ("/status", 409, b"taken"),
        ("/status-bytes", 410, b"gone\x00\xff"),
        ("/status-size", 404, b"missing"),  # the form with the number of bytes (plugin 4.0)
    ],
)
def test_status_with_a_body(server: Orthanc, path: str, code: int, body: bytes) -> None:
    response = server.get(path)
    assert (response.status_code, response.content) == (code, body)


def test_status_with_a_size_beyond_the_body(server: Orthanc) -> None:
    assert server.get("/status-size-too-large").text == "ValueError"


def test_multipart_answers_have_all_parts(server: Orthanc) -> None:
    response = server.get("/multipart")
    kind, _, boundary = response.headers["Content-Type"].partition("boundary=")
    assert kind.startswith("multipart/related")
    parts = response.content.split(b"--" + boundary.split(";")[0].strip('"').encode())
    bodies = [part.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") for part in parts[1:-1]]
    assert bodies == [b"one", b"two"]
    assert parts[1].count(b"text/plain") == 1


def test_a_png_has_the_pixels(server: Orthanc) -> None:
    image = Image.open(io.BytesIO(server.get("/png").content))
    assert (image.format, image.size) == ("PNG", (3, 2))
    assert image.tobytes() == bytes([0, 50, 100, 150, 200, 250])


def test_a_jpeg_has_the_size_and_the_mode(server: Orthanc) -> None:
    image = Image.open(io.BytesIO(server.get("/jpeg").content))
    assert (image.format, image.size, image.mode) == ("JPEG", (3, 2), "L")


def test_an_image_is_checked_against_its_buffer(server: Orthanc) -> None:
    assert server.get("/png-too-short").text == "ValueError"
    assert server.get("/text").status_code == 200


def test_a_second_answer_raises(server: Orthanc) -> None:
    assert server.get("/twice").text == "once"
    server.wait_for_log(r"in twice\n(?:.*\n)+?.*OrthancException: ")


def test_a_kept_output_is_invalid(server: Orthanc) -> None:
    server.get("/keep")
    assert server.get("/kept").json() == ["ValueError"] * 3


def test_keyword_arguments(server: Orthanc) -> None:
    response = server.get("/keywords")
    assert response.text == "by name"
    assert response.headers["Content-Type"] == "text/x-python"


STREAMING = """
import orthanc
from recorder import answer, route


@route('/stream')
def stream(output, uri, **request):
    output.SetHttpHeader('X-Streamed', 'yes')
    output.StartStreamAnswer('application/x-numbers')
    for number in range(1000):
        output.SendStreamChunk(str(number) + ',')


@route('/broken-stream')
def broken(output, uri, **request):
    output.StartStreamAnswer('text/plain')
    output.SendStreamChunk('begun')
    raise ValueError('in the middle of a stream')
"""


@pytest.mark.chroot
def test_a_streamed_answer_is_sent_whole(orthanc: Servers) -> None:
    server = orthanc(STREAMING, debian="sid")
    response = server.get("/stream")
    assert response.headers["X-Streamed"] == "yes"
    assert response.headers["Content-Type"] == "application/x-numbers"
    assert "Content-Length" not in response.headers
    assert response.text == "".join(f"{number}," for number in range(1000))
    assert server.get("/broken-stream").text == "begun"
    server.wait_for_log("ValueError: in the middle of a stream")


EARLY_END = """
import orthanc
from recorder import outcome, record, route

LARGE = bytes(100_000_000)  # more than a connection can buffer


@route('/whole')
def whole(output, uri, **request):
    output.AnswerBuffer(LARGE, 'application/octet-stream')
    record('whole', outcome(output.AnswerBuffer, b'a second response', 'text/plain'))


@route('/status')
def status(output, uri, **request):
    output.SendHttpStatus(404, LARGE)
    record('status')


@route('/parts')
def parts(output, uri, **request):
    output.StartMultipartAnswer('related', 'application/octet-stream')
    try:
        while True:
            output.SendMultipartItem(LARGE)
    except orthanc.OrthancException as error:
        record('parts', error.args)
        raise


@route('/stream')
def stream(output, uri, **request):
    try:
        output.Stream(iter(lambda: LARGE, None), 'application/octet-stream')
    finally:
        record('stream')


@route('/other-error')
def other_error(output, uri, **request):
    output.AnswerBuffer(LARGE, 'application/octet-stream')
    raise ValueError('after the response')
"""


@pytest.mark.parametrize("release", OLDEST_TO_NEWEST)
def test_a_client_may_close_the_connection_before_the_end(
    orthanc: Servers, release: str | None
) -> None:
    """As in orthanc-python 7.1, the script goes on after the methods that have no result."""
    server = orthanc(EARLY_END, debian=release, arguments=["--verbose"])
    paths = ["/whole", "/status", "/parts", *(["/stream"] if release == "sid" else [])]
    for path in paths:
        request_and_leave(server, path)
        text = "The client has closed the connection before the end of the response for GET"
        server.wait_for_log(f"{text} {path}")
    assert "in the REST callback" not in server.log
    request_and_leave(server, "/other-error")
    server.wait_for_log("Error in the REST callback for GET /other-error, traceback:")
    server.wait_for_log("ValueError: after the response")
    lost = [9, "The client has closed the connection"]
    records = [["whole", ["returned", None]], ["status"], ["parts", lost], ["stream"]]
    assert seen(server) == records[: len(paths)]


def request_and_leave(server: Orthanc, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=60) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert client.recv(8) == b"HTTP/1.1"

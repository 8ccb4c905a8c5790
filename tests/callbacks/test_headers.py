# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""No text of a script can end a header and begin another one (response splitting)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.servers import Servers, newest_orthanc

SCRIPT = """
import orthanc
from recorder import answer, outcome, route

CONTROLS = [chr(code) for code in (*range(1, 9), *range(10, 32), 127)]
PIXELS = bytes(6)

# Each makes a text of the script a part of the head of an answer, or of an item of one
WAYS = {
    'header': lambda output, text: output.SetHttpHeader('X-Way', text),
    'header-name': lambda output, text: output.SetHttpHeader(text, 'x'),
    'cookie': lambda output, text: output.SetCookie('way', text),
    'cookie-name': lambda output, text: output.SetCookie(text, 'x'),
    'mime': lambda output, text: output.AnswerBuffer('x', text),
    'redirect': lambda output, text: output.Redirect(text),
    'realm': lambda output, text: output.SendUnauthorized(text),
    'methods': lambda output, text: output.SendMethodNotAllowed(text),
    'multipart': lambda output, text: output.StartMultipartAnswer('related', text),
    'multipart-type': lambda output, text: output.StartMultipartAnswer(text, 'text/plain'),
    'stream': lambda output, text: output.Stream(['x'], text),
    'start-stream': lambda output, text: output.StartStreamAnswer(text),
}


def item(output, headers):
    output.StartMultipartAnswer('related', 'text/plain')
    output.SendMultipartItem2('x', headers)


WAYS['item'] = lambda output, text: item(output, {'X-Way': text})
WAYS['item-name'] = lambda output, text: item(output, {text: 'x'})


@route('/way/([^/]*)/(.*)')
def way(output, uri, groups, **request):
    WAYS[groups[0]](output, groups[1])
    if groups[0] in ('header', 'header-name', 'cookie', 'cookie-name'):
        output.AnswerBuffer('x', 'text/plain')


@route('/series/(.*)/archive')
def archive(output, uri, groups, **request):
    output.SetHttpHeader('Content-Disposition', 'filename=%s.zip' % groups[0])
    output.AnswerBuffer('x', 'text/plain')


@route('/controls/(.*)')
def controls(output, uri, groups, **request):
    results = {outcome(WAYS[groups[0]], output, f'a{code}b')[0] for code in CONTROLS}
    output.AnswerBuffer(' '.join(sorted(results)), 'text/plain')


@route('/names')
def names(output, uri, **request):
    wrong = ['', 'a b', 'a:', 'a(b', 'a"', 'ü', 'a\\tb', 'a;b', 'a=b']
    answer(output, [outcome(output.SetHttpHeader, name, 'x')[0] for name in wrong]
           + [outcome(output.SetCookie, name, 'x')[0] for name in wrong])


@route('/realms')
def realms(output, uri, **request):
    answer(output, [outcome(output.SendUnauthorized, realm)[0] for realm in ('a"b', 'a\\\\')])


@route('/harmless')
def harmless(output, uri, **request):
    output.SetHttpHeader("!#$%&'*+-.^_`|~09azAZ", 'a\\tb "é"')
    output.SetCookie('session', 'abc; Path=/; HttpOnly')
    output.AnswerBuffer('x', 'text/plain; charset="utf-8"')


@route('/sent')
def sent(output, uri, **request):
    port, evil = request['get']['port'], 'a\\r\\nX-Injected: 1'
    url = f'http://127.0.0.1:{port}/'
    pairs = [{'X-Way': evil}, {evil: 'x'}, {'X-Way': 'a\\x00'}, {'': 'x'}]
    calls = [(orthanc.HttpClient, 1, url, headers) for headers in pairs]
    calls += [(orthanc.ChunkedHttpClient, 1, url, headers) for headers in pairs]
    calls += [(orthanc.CallRestApi, 1, '/system', headers) for headers in pairs
              if hasattr(orthanc, 'CallRestApi')]
    calls += [(orthanc.RestApiGet2, '/system', headers) for headers in pairs]
    peers = orthanc.GetPeers()
    calls += [(peers.CallPeerApi, 0, 1, '/', headers) for headers in pairs]
    calls += [(peers.CallPeerApi, 0, 1, '/' + evil), (orthanc.HttpClient, 1, url + evil),
              (orthanc.ChunkedHttpClient, 1, url + evil)]
    calls += [(getattr(orthanc, 'Http' + name), url + evil, *body) for name, body in
              (('Get', []), ('Post', [b'']), ('Put', [b'']), ('Delete', []))]
    # credentials are base64, and no part of a header as they are
    orthanc.http.get(url, auth=(evil, evil))
    results = [outcome(*call) for call in calls]
    results += [outcome(client.get, '/system', headers={'X-Way': evil})
                for client in (orthanc.rest, orthanc.http, orthanc.peer('peer')) if client]
    answer(output, [result for result in results if result[0] != 'ValueError'])
"""


class Keeper(web.Handler):
    """A server that keeps the heads of its requests."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(str(self.headers))
        self.answer(b"x")

    do_POST = do_PUT = do_DELETE = do_GET


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with web.serving(Keeper) as number:
        yield number


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None, port: int) -> Orthanc:
    peers = {"peer": [f"http://127.0.0.1:{port}/"]}
    return module_orthanc(SCRIPT, debian=where, config={"OrthancPeers": peers})


WAYS = ["header", "header-name", "cookie", "cookie-name", "mime", "redirect", "realm", "methods"]
WAYS += ["multipart", "multipart-type", "item", "item-name"]
ENDS = pytest.mark.parametrize("end", [b"%0D%0A", b"%0A", b"%0D"])


@pytest.mark.parametrize("way", WAYS)
@ENDS
def test_line_breaks_cannot_inject_headers(server: Orthanc, way: str, end: bytes) -> None:
    check_line_break(server, way, end)


@newest_orthanc
@pytest.mark.parametrize("way", ["stream", "start-stream"])
@ENDS
def test_line_breaks_cannot_inject_headers_into_a_stream(
    server: Orthanc, way: str, end: bytes
) -> None:
    check_line_break(server, way, end)


def check_line_break(server: Orthanc, way: str, end: bytes) -> None:
    target = b"/way/%s/a%sX-Injected:%%201%s%sevil" % (way.encode(), end, end, end)
    status, head, body = web.get(server.http_port, target)
    if not way.startswith("item"):  # the head is already sent when the item is refused
        assert status == 500
    assert b"injected" not in head.lower()
    assert b"\nX-Injected" not in body
    server.wait_for_log("ValueError: ")


@pytest.mark.parametrize("way", ["header", "header-name", "cookie", "cookie-name", "mime"])
def test_each_control_character_is_refused(server: Orthanc, way: str) -> None:
    assert server.get(f"/controls/{way}").text == "ValueError"


@pytest.mark.parametrize("target", [b"a%0d%0aX-Injected:%201", b"a%0aX-Injected:%201"])
def test_a_group_of_a_route_in_a_file_name(server: Orthanc, target: bytes) -> None:
    status, head, _ = web.get(server.http_port, b"/series/%s/archive" % target)
    assert (status, b"X-Injected" in head) == (500, False)


def test_names_are_tokens(server: Orthanc) -> None:
    assert server.get("/names").json() == ["ValueError"] * 18


def test_a_realm_has_no_quotes(server: Orthanc) -> None:
    assert server.get("/realms").json() == ["ValueError"] * 2


def test_harmless_values_are_sent_unchanged(server: Orthanc) -> None:
    status, head, _ = web.get(server.http_port, b"/harmless")
    assert status == 200
    assert '\r\n!#$%&\'*+-.^_`|~09azAZ: a\tb "é"\r\n'.encode() in head
    assert b"\r\nSet-Cookie: session=abc; Path=/; HttpOnly\r\n" in head
    assert b'\r\nContent-Type: text/plain; charset="utf-8"\r\n' in head


def test_no_request_that_is_sent_has_a_foreign_header(server: Orthanc, port: int) -> None:
    assert server.get(f"/sent?port={port}").json() == []
    assert not any("injected" in head.lower() for head in Keeper.seen)


AUTHENTICATION = """
import orthanc
from recorder import route


def authenticate(uri, **request):
    known = request['headers'].get('x-user') == 'M\\udcfcller' and 'x' not in request['get']
    if known or not uri.startswith('/x'):
        return orthanc.HttpAuthenticationStatus.GRANTED
    return orthanc.HttpAuthenticationStatus.REDIRECT, '/login?next=' + uri


orthanc.RegisterHttpAuthentication(authenticate)


@route('/x(.*)')
def reached(output, uri, **request):
    output.AnswerBuffer('reached', 'text/plain')
"""


@pytest.fixture(scope="module")
def authenticated(module_orthanc: Servers) -> Orthanc:
    config = {"AuthenticationEnabled": True, "RegisteredUsers": {"bob": "secret"}}
    return module_orthanc(AUTHENTICATION, debian="sid", config=config)


@pytest.mark.chroot
@pytest.mark.parametrize("end", [b"%0D%0A", b"%0A", b"%0D", b"%7F"])
def test_a_redirection_with_a_control_character_is_a_denial(
    authenticated: Orthanc, end: bytes
) -> None:
    status, head, body = web.get(authenticated.http_port, b"/x%sX-Injected:%%201" % end)
    assert status >= 400
    assert b"X-Injected" not in head
    assert body != b"reached"


@pytest.mark.chroot
def test_a_redirection_keeps_bytes_that_are_not_utf_8(authenticated: Orthanc) -> None:
    status, head, _ = web.get(authenticated.http_port, b"/x%E9")
    assert status == 307
    assert b"login?next=/x\xe9\r\n" in head


@pytest.mark.chroot
@pytest.mark.parametrize(
    ("target", "user", "status"),
    [
        (b"/x", b"M\xfcller", 200),
        (b"/x%FF", b"M\xfcller", 200),
        (b"/x?x=%FF", b"M\xfcller", 307),
        (b"/x?%FF=1", b"M\xfcller", 200),
        (b"/x", b"M\xfclle", 307),
        (b"/x", b"Mller", 307),
        (b"/x", "Müller".encode(), 307),
    ],
)
def test_authentication_by_text_that_is_not_utf_8(
    authenticated: Orthanc, target: bytes, user: bytes, status: int
) -> None:
    assert web.get(authenticated.http_port, target, b"X-User: " + user)[0] == status


STATUSES = """
import orthanc
from recorder import answer, outcome, route


@route('/(code|status)/([0-9]+)')
def status(output, uri, groups, **request):
    number = int(groups[1])
    if groups[0] == 'code':
        output.SendHttpStatusCode(number)
    else:
        output.SendHttpStatus(number, b'body')


@route('/register/([0-9]+)')
def register(output, uri, groups, **request):
    raise orthanc.OrthancException(orthanc.RegisterErrorCode(7, int(groups[0]), 'mine'), 'mine')
"""

REFUSED = [301, 405, 0, 99, 103, 308, 418, 425, 429, 431, 451, 508, 511, 599, 999]


@pytest.fixture(scope="module")
def statuses(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(STATUSES, debian=where)


@pytest.mark.parametrize("way", ["code", "status", "register"])
def test_a_status_that_orthanc_does_not_send_is_an_error(statuses: Orthanc, way: str) -> None:
    for status in REFUSED:
        assert statuses.get(f"/{way}/{status}").status_code == 500
        statuses.wait_for_log(rf"OrthancException: \(\d+, '.*HTTP status.*: {status}'\)")


@pytest.mark.parametrize("way", ["code", "status", "register"])
def test_each_other_status_is_sent(statuses: Orthanc, way: str) -> None:
    known = [*range(203, 209), 226, 300, 302, 303, 305, 307, *range(400, 405), *range(406, 418)]
    known += [422, 423, 424, 426, *range(500, 508), 509, 510]
    for status in known:
        target = f"/{way}/{status}".encode()
        assert web.get(statuses.http_port, target)[0] == status

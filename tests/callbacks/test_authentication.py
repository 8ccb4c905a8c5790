# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Authentication of HTTP requests, and the audit log (Orthanc 1.12.9)."""

from __future__ import annotations

import re

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

AUTHENTICATION = """
import orthanc
from recorder import answer, outcome, record, route

Status = orthanc.HttpAuthenticationStatus
ANSWERS = {
    'granted': Status.GRANTED,
    'nothing': (Status.GRANTED, None),
    'empty': (Status.GRANTED, b''),
    'text': (Status.GRANTED, b'alice'),
    'view': (Status.GRANTED, memoryview(bytearray(b'view'))),
    'binary': (Status.GRANTED, bytes(range(256)) * 1000),
    'unauthorized': Status.UNAUTHORIZED,
    'forbidden': Status.FORBIDDEN,
    'forbidden-with-data': (Status.FORBIDDEN, b'ignored'),
    'redirect': (Status.REDIRECT, 'login/page?next=1'),
    # wrong ones
    'true': True,
    'false': False,
    'none': None,
    'number': 99,
    'str': 'GRANTED',
    'float': 0.0,
    'payload-str': (Status.GRANTED, 'alice'),
    'bare-redirect': Status.REDIRECT,
    'redirect-bytes': (Status.REDIRECT, b'/login'),
    'triple': (Status.GRANTED, b'', b''),
    'false-tuple': (False, b'alice'),
}


def authenticate(uri, **request):
    wanted = request['headers'].get('x-wanted', 'granted')
    if uri.startswith('/echo'):
        record(uri, sorted(request), request['ip'], request['get'], wanted)
    if wanted == 'raise':
        raise ValueError('on purpose')
    if wanted == 'raise-code':
        raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'hidden')
    if wanted == 'asks':
        return (Status.GRANTED, orthanc.RestApiGet('/system')[:1])
    return ANSWERS[wanted]


orthanc.RegisterHttpAuthentication(authenticate)


@route('/echo')
def echo(output, uri, **request):
    payload = request.get('authentication_payload')
    answer(output, None if payload is None else [type(payload).__name__, payload.decode('latin-1')])


@route('/inside')
def inside(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins('/echo'), 'application/json')


@route('/twice')
def twice(output, uri, **request):
    answer(output, [outcome(orthanc.RegisterHttpAuthentication, authenticate),
                    outcome(orthanc.RegisterHttpAuthentication, 3)])
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    config = {"AuthenticationEnabled": True, "RegisteredUsers": {"bob": "secret"}}
    return module_orthanc(AUTHENTICATION, debian="sid", config=config)


@pytest.mark.chroot
@pytest.mark.parametrize(
    ("wanted", "payload"),
    [
        ("granted", None),
        ("nothing", None),
        ("empty", None),
        ("text", ["bytes", "alice"]),
        ("view", ["bytes", "view"]),
        ("binary", ["bytes", (bytes(range(256)) * 1000).decode("latin-1")]),
        ("asks", ["bytes", "{"]),
    ],
)
def test_the_payload_reaches_the_route(
    server: Orthanc, wanted: str, payload: list[str] | None
) -> None:
    answer = server.get("/echo", headers={"X-Wanted": wanted})
    assert (answer.status_code, answer.json()) == (200, payload)


@pytest.mark.chroot
def test_the_callback_receives_the_parts_of_the_request(server: Orthanc) -> None:
    server.get("/echo?a=1&b=c", headers={"X-Wanted": "text"})
    assert ["/echo", ["get", "headers", "ip"], "127.0.0.1", {"a": "1", "b": "c"}, "text"] in seen(
        server
    )


@pytest.mark.chroot
@pytest.mark.parametrize(
    ("wanted", "status"), [("unauthorized", 401), ("forbidden", 403), ("forbidden-with-data", 403)]
)
def test_a_refusal_has_the_status_of_the_callback(
    server: Orthanc, wanted: str, status: int
) -> None:
    for path in ("/echo", "/system", "/app/explorer.html", "/nowhere"):
        assert server.get(path, headers={"X-Wanted": wanted}).status_code == status


@pytest.mark.chroot
def test_a_redirection_leads_to_the_login_page(server: Orthanc) -> None:
    for path, target in {"/echo": "login/page?next=1", "/a/b/c": "../../login/page?next=1"}.items():
        answer = server.get(path, headers={"X-Wanted": "redirect"}, allow_redirects=False)
        assert answer.status_code in (301, 302, 303, 307)
        assert answer.headers["Location"].endswith(target)


@pytest.mark.chroot
@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("true", "TypeError: An authentication callback returns an orthanc.HttpAuthentication"),
        ("false", "TypeError: An authentication callback returns an orthanc.HttpAuthentication"),
        ("false-tuple", "TypeError: An authentication callback returns an orthanc.HttpAuthent"),
        ("none", "TypeError: The result of an authentication callback must be int, not NoneType"),
        ("str", "TypeError: The result of an authentication callback must be int, not str"),
        ("float", "TypeError: The result of an authentication callback must be int, not float"),
        ("triple", "TypeError: The result of an authentication callback must be int, not tuple"),
        ("number", "ValueError: 99 is not a value of orthanc.HttpAuthenticationStatus"),
        ("payload-str", "TypeError: The payload of an authentication must be bytes, not str"),
        ("bare-redirect", "TypeError: HttpAuthenticationStatus.REDIRECT comes with a path"),
        ("redirect-bytes", "TypeError: HttpAuthenticationStatus.REDIRECT comes with a path"),
        ("raise", "ValueError: on purpose"),
    ],
)
def test_every_failure_denies_access(server: Orthanc, wanted: str, text: str) -> None:
    answer = server.get("/echo", headers={"X-Wanted": wanted})
    assert answer.status_code == 500
    server.wait_for_log(
        "Error in the Python HTTP authentication callback for the URI /.*, traceback:"
    )
    server.wait_for_log(text)


@pytest.mark.chroot
def test_an_orthanc_exception_chooses_the_status(server: Orthanc) -> None:
    assert server.get("/echo", headers={"X-Wanted": "raise-code"}).status_code == 404


@pytest.mark.chroot
def test_internal_calls_are_not_authenticated(server: Orthanc) -> None:
    assert server.get("/inside", headers={"X-Wanted": "text"}).json() is None


@pytest.mark.chroot
def test_a_second_authentication_callback_is_refused(server: Orthanc) -> None:
    again, wrong = server.get("/twice").json()
    assert again[0] == "RuntimeError"
    assert re.fullmatch(
        "Can only register one callback to authenticate HTTP requests: "
        r"the first one was registered at .*script\.py:\d+",
        again[1],
    )
    assert wrong[0] == "TypeError"


@pytest.mark.chroot
def test_an_older_orthanc_names_the_version_it_needs(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import answer, outcome, route
        NAMES = ('RegisterHttpAuthentication', 'RegisterAuditLogHandler', 'AdoptDicomInstance')
        @route('/missing')
        def missing(output, uri, **request):
            answer(output, [outcome(getattr, orthanc, name)[1] for name in NAMES])
        """,
        debian="trixie",
    )
    authentication, audit, adopt = server.get("/missing").json()
    assert "orthanc.RegisterHttpAuthentication needs Orthanc 1.12.9 or later" in authentication
    assert "orthanc.RegisterAuditLogHandler needs Orthanc 1.12.9 or later" in audit
    assert "orthanc.AdoptDicomInstance needs Orthanc 1.12.8 or later" in adopt


AUDIT = """
import orthanc
from recorder import answer, outcome, record, route


def on_audit(source, user, level, resource, action, data):
    record(source, user, level, resource, action, type(data).__name__, data.decode('latin-1'))
    if action == 'raise':
        raise ValueError('on purpose')
    if action == 'emit':
        orthanc.EmitAuditLog('a', 'b', orthanc.ResourceType.NONE, '', 'again', None)
    if action == 'ask':
        record('asked', len(orthanc.RestApiGet('/system')) > 10)


orthanc.RegisterAuditLogHandler(on_audit)


@route('/emit/(.*)')
def emit(output, uri, groups, **request):
    answer(output, outcome(orthanc.EmitAuditLog, 'script', 'alice', orthanc.ResourceType.STUDY,
                           'some-id', groups[0], b'\\x00\\xff' if groups[0] == 'bytes' else None))


@route('/twice')
def twice(output, uri, **request):
    answer(output, outcome(orthanc.RegisterAuditLogHandler, on_audit))
"""


@pytest.mark.chroot
def test_an_audit_callback_receives_the_entries(orthanc: Servers) -> None:
    server = orthanc(AUDIT, debian="sid")
    assert server.get("/emit/bytes").json() == ["returned", None]
    assert server.get("/emit/ask").json() == ["returned", None]
    entry = ["script", "alice", 1, "some-id"]
    rows = [row for row in seen(server) if row[0] in ("script", "asked")]
    assert rows == [
        [*entry, "bytes", "bytes", "\x00\xff"],
        [*entry, "ask", "bytes", ""],
        ["asked", True],
    ]
    assert server.get("/twice").json()[0] == "returned"
    server.get("/emit/both")
    assert [row[4] for row in seen(server) if row[0] == "script"][-2:] == ["both", "both"]


@pytest.mark.chroot
def test_an_exception_in_the_audit_callback_is_logged(orthanc: Servers) -> None:
    server = orthanc(AUDIT, debian="sid")
    assert server.get("/emit/raise").json()[0] == "OrthancException"
    server.wait_for_log("Error in the Python audit log handler, traceback:")
    server.wait_for_log("ValueError: on purpose")
    emitted = server.get("/emit/emit").json()
    assert emitted[0] == "OrthancException"
    server.wait_for_log("A handler of audit logs cannot emit one: it would wait for itself")
    assert server.get("/emit/fine").json() == ["returned", None]

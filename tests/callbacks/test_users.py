# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The authenticated user of a request, in WSGI applications and in routes."""

from __future__ import annotations

import base64

import requests

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, newest_orthanc

SCRIPT = """
import json
import orthanc


def show(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(environ.get('REMOTE_USER')).encode()]


orthanc.mount('/application', show)


@orthanc.route('/who')
def who(request):
    return {'user': request.user}
"""
USERS = {
    "AuthenticationEnabled": True,
    "RegisteredUsers": {"alice": "secret", "bob": "é:"},
}


def who(server: Orthanc, **headers: str) -> tuple[object, object]:
    """The user in the application and in a route."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    shown = server.get("/application", headers=names).json()
    return shown, server.get("/who", headers=names).json()["user"]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_user_that_orthanc_has_authenticated(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where, config=USERS)
    for user, password in (("alice", "secret"), ("bob", "é:")):
        spoofed = {"Remote_User": "carol", "X_Forwarded_User": "carol"}
        assert who(server, Authorization=basic(user, password), **spoofed) == (user, user)
    refused = requests.get(
        server.url + "/application", timeout=60, headers={"Remote-User": "alice"}
    )
    assert refused.status_code == 401


def test_no_user_if_orthanc_checks_no_password(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where, config={**USERS, "AuthenticationEnabled": False})
    assert who(server, Authorization=basic("alice", "secret")) == (None, None)
    assert who(server, Authorization=basic("alice", "wrong")) == (None, None)


AUTHENTICATION = """
import orthanc


def authenticate(uri, **request):
    name = request['headers'].get('x-token')
    payload = {'alice': b'alice', 'bytes': b'\\\\xff', 'lines': b'a\\\\nb', 'none': None}
    granted = orthanc.HttpAuthenticationStatus.GRANTED
    return (granted, payload[name]) if name else granted


orthanc.RegisterHttpAuthentication(authenticate)
"""


@newest_orthanc
def test_the_user_that_the_script_has_authenticated(orthanc: Servers, where: str) -> None:
    script = AUTHENTICATION.replace("\\\\", "\\") + SCRIPT
    server = orthanc(script, debian=where, config=USERS)
    assert who(server, X_Token="alice", Authorization=basic("bob", "é:")) == ("alice", "alice")
    for token in ("bytes", "lines", "none"):
        assert who(server, X_Token=token) == (None, None)
    assert who(server, Authorization=basic("alice", "wrong")) == (None, None)
    assert who(server, Remote_User="alice") == (None, None)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import base64
import functools
import json
from typing import Any

import pytest

from .conftest import Runtime


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return []


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    pass


def returns_coroutine(scope: Any, receive: Any, send: Any) -> Any:
    return asgi(scope, receive, send)


class Wsgi:
    def __call__(self, environ: Any, start_response: Any, option: int = 0) -> list[bytes]:
        return []


class Asgi:
    async def __call__(self, *values: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (wsgi, False),
        (asgi, True),
        (returns_coroutine, True),
        (Wsgi(), False),
        (Wsgi().__call__, False),
        (Asgi(), True),
        (functools.partial(asgi), True),
        (functools.partial(wsgi), False),
        (lambda *values: [], False),
    ],
)
def test_the_interface_of_an_application_is_recognized(
    runtime: Runtime, application: Any, expected: bool
) -> None:
    assert runtime("mounts").is_asgi(application) is expected


@pytest.mark.parametrize(
    ("configuration", "names"),
    [
        ({}, []),
        ({"RegisteredUsers": {"a": "b"}}, []),
        ({"RegisteredUsers": {"a": "b"}, "RemoteAccessAllowed": True}, ["a"]),
        ({"RegisteredUsers": {"a": "b"}, "AuthenticationEnabled": True}, ["a"]),
        (
            {
                "RegisteredUsers": {"a": "b"},
                "RemoteAccessAllowed": True,
                "AuthenticationEnabled": False,
            },
            [],
        ),
        ({"AuthenticationEnabled": True}, []),
        ({"RemoteAccessAllowed": True}, ["orthanc"]),
    ],
)
def test_users_are_known_only_if_orthanc_checks_passwords(
    runtime: Runtime, configuration: dict[str, Any], names: list[str]
) -> None:
    assert sorted(runtime("users").users_of(configuration).values()) == names


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("header", "payload", "expected"),
    [
        (basic(b"a:b"), None, "a"),
        (basic("ü:ß".encode()), None, "ü"),
        (basic(b"a:c"), None, None),
        (basic(b"a"), None, None),
        (basic(b"a:b").replace("Basic", "basic"), None, None),
        ("Bearer a", None, None),
        ("Basic %", None, None),
        (None, None, None),
        (basic(b"a:b"), b"carol", "carol"),
        (basic(b"a:b"), b"", None),
        (basic(b"a:b"), b"\xff", None),
        (basic(b"a:b"), b"a\nb", None),
    ],
)
def test_the_user_of_a_request(
    runtime: Runtime, header: str | None, payload: bytes | None, expected: str | None
) -> None:
    users = {"RegisteredUsers": {"a": "b", "ü": "ß"}, "AuthenticationEnabled": True}
    runtime.orthanc.GetConfiguration = lambda: json.dumps(users)
    headers = {} if header is None else {"authorization": header}
    assert runtime("users").name_of(runtime.orthanc, headers, payload) == expected


def request_for(runtime: Runtime, uri: str, line: Any, arguments: dict[str, str]) -> Any:
    runtime.orthanc.GetConfiguration = lambda: "{}"
    web_requests = runtime("web_requests")
    server = web_requests.WebServer(runtime.orthanc)
    request = {"method": "GET", "headers": {}, "get": arguments}
    return web_requests.WebRequest(server, "/a", uri, request, line, b"")


def test_the_line_of_the_request_completes_it(runtime: Runtime) -> None:
    line = ("/a/b/", "1.2.3.4", (("x", "1"), ("x", "2")))
    request = request_for(runtime, "/a/b", line, {"x": "2"})
    assert (request.path, request.client, request.query) == ("/a/b/", "1.2.3.4", "x=1&x=2")


@pytest.mark.parametrize(
    "line",
    [None, ("/other/", "1.2.3.4", (("x", "2"),)), ("/a/b/", "1.2.3.4", (("x", "1"),))],
)
def test_the_line_of_another_request_is_ignored(runtime: Runtime, line: Any) -> None:
    request = request_for(runtime, "/a/b", line, {"x": "2"})
    assert (request.path, request.client, request.query) == ("/a/b", "", "x=2")


@pytest.mark.parametrize(
    ("orthanc", "civetweb", "decodes"),
    [
        ("1.9.1", (1, 13), True),
        ("1.10.1", (1, 15), False),
        ("1.10.1", (1, 14), True),
        ("1.12.7", (1, 16), False),
        ("1.12.7", (), True),
        ("1.12.10", (1, 16), True),
        ("1.13.0", (1, 16), True),
        ("mainline", (1, 16), True),
    ],
)
def test_versions_that_decode_query_strings(
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    orthanc: str,
    civetweb: tuple[int, ...],
    decodes: bool,
) -> None:
    query_strings = runtime("query_strings")
    monkeypatch.setattr(query_strings, "_shared_civetweb", lambda: civetweb)
    monkeypatch.setattr(runtime("module_attributes"), "running_version", orthanc)
    assert query_strings.orthanc_decodes() is decodes
    arguments = {"name": "Ada+L%C3%A9a"}
    assert query_strings.decoded(arguments) == (arguments if decodes else {"name": "Ada Léa"})


def test_a_closed_event_loop_refuses_calls(runtime: Runtime) -> None:
    """A lost call would leave a thread of Orthanc waiting."""
    import asyncio

    loop = asyncio.new_event_loop()
    loop.close()
    runtime("native").mark_event_loop_thread = lambda: None
    inbox = runtime("asgi").Inbox(loop)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="closed"):
            inbox.post(print)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Runtime


def response(runtime: Runtime, status: int = 200, content: bytes = b"", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return runtime("http").Response("GET", "/uri", status, named, content)


@pytest.fixture
def sent(runtime: Runtime) -> list[tuple[Any, ...]]:
    """The calls of the native CallRestApi."""
    calls: list[tuple[Any, ...]] = []

    def call(*arguments: Any) -> Any:
        calls.append(arguments)
        return response(runtime)

    runtime.orthanc.CallRestApi = runtime.orthanc.HttpClient = call
    return calls


def client(runtime: Runtime, name: str = "rest") -> Any:
    return runtime("http").exports(runtime.orthanc)[name]


def test_headers_are_found_in_any_case(runtime: Runtime) -> None:
    headers = response(runtime, Content_Type="a").headers
    assert headers["content-TYPE"] == headers.get("CONTENT-type") == "a"
    assert dict(headers) == {"Content-Type": "a"}
    assert "x" not in headers


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("", "é".encode(), "é"),
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ('text/plain; charset="utf-16-le"', "é".encode("utf-16-le"), "é"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("", b"\xe9", "\ufffd"),
    ],
)
def test_the_text_of_a_response(runtime: Runtime, kind: str, content: bytes, text: str) -> None:
    assert response(runtime, 200, content, Content_Type=kind).text == text


def test_json_with_bytes_that_are_not_utf_8(runtime: Runtime) -> None:
    assert response(runtime, 200, b'["M\xfcller"]').json() == ["M\udcfcller"]


@pytest.mark.parametrize("content", [b"", b"<p>", b"\xff"])
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (404, r"GET /uri with HTTP status 404 is not JSON \(call raise_for_status\(\) first\): "),
        (200, "GET /uri with HTTP status 200 is not JSON: Expecting value"),
    ],
)
def test_a_response_without_json_names_the_request(
    runtime: Runtime, content: bytes, status: int, text: str
) -> None:
    with pytest.raises(json.JSONDecodeError, match=text):
        response(runtime, status, content).json()


@pytest.mark.parametrize(
    ("status", "content", "code", "text"),
    [
        (404, b"", 17, "HTTP status 404 for GET /uri"),
        (500, b"[]", 9, "HTTP status 500 for GET /uri"),
        (400, b'{"OrthancStatus": 8, "Message": "m"}', 8, "HTTP status 400 for GET /uri: m"),
        (400, b'{"OrthancStatus": 8, "Message": "m", "Details": "d"}', 8, "GET /uri: d"),
        (409, b'{"OrthancStatus": "x"}', 46, "HTTP status 409 for GET /uri"),
    ],
)
def test_raise_for_status(
    runtime: Runtime, status: int, content: bytes, code: int, text: str
) -> None:
    with pytest.raises(runtime("errors").OrthancException) as failure:
        response(runtime, status, content).raise_for_status()
    assert failure.value.args[0] == code
    assert failure.value.args[1].endswith(text)


def test_raise_for_status_returns_a_good_response(runtime: Runtime) -> None:
    good = response(runtime, 302)
    assert good.ok and good.raise_for_status() is good


def test_requests_of_the_rest_client(runtime: Runtime, sent: list[Any]) -> None:
    rest = client(runtime)
    rest.get("/a", params={"since": 3, "q": "é b"}, headers={"X": "y"})
    rest.get("/a?b", params={"c": 1}, after_plugins=False)
    rest.post("/a", json={"b": [1]})
    rest.put("/a", json=1, headers={"content-type": "b"})
    rest.delete("/a")
    assert sent == [
        (1, "/a?since=3&q=é b", {"X": "y"}, None, True),
        (1, "/a?b&c=1", {}, None, False),
        (2, "/a", {"Content-Type": "application/json"}, '{"b": [1]}', True),
        (3, "/a", {"content-type": "b"}, "1", True),
        (4, "/a", {}, None, True),
    ]


def test_requests_of_the_http_client(runtime: Runtime, sent: list[Any]) -> None:
    http = client(runtime, "http")
    http.get("http://a", params={"b": "é &"}, auth=("u", "p"), timeout=3, cert=("c", "k"))
    assert sent == [(1, "http://a?b=%C3%A9%20%26", {}, None, "u", "p", 3, "c", "k", None, False)]


@pytest.mark.parametrize(
    ("error", "text", "arguments", "options"),
    [
        (ValueError, "not 'PATCH'", ("PATCH", "/"), {}),
        (ValueError, "not 3", (3, "/"), {}),
        (TypeError, "data must be bytes or str, not dict: use json=", ("POST", "/", {}), {}),
        (TypeError, "url must be str, not bytes", ("GET", b"/"), {}),
        (
            TypeError,
            "has no option 'proxy': its options are after_plugins",
            ("GET", "/"),
            {"proxy": 1},
        ),
        (TypeError, "data or json, not both", ("POST", "/", b"x"), {"json": 1}),
        (ValueError, "cannot contain '&'", ("GET", "/"), {"params": {"a": "b&c"}}),
        (ValueError, "for GET only", ("POST", "/?a"), {}),
    ],
)
def test_wrong_requests(
    runtime: Runtime,
    sent: list[Any],
    error: type[Exception],
    text: str,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    with pytest.raises(error, match=text):
        client(runtime).request(*arguments, **options)
    assert sent == []


def test_an_error_of_an_internal_call_is_a_response(runtime: Runtime) -> None:
    errors = runtime("errors")

    def fail(*arguments: Any) -> Any:
        raise errors.OrthancException(code, "the reason")

    runtime.orthanc.CallRestApi = fail
    for code, status in ((17, 404), (29, 401), (1, 500)):
        failed = client(runtime).get("/uri")
        assert (failed.status_code, failed.json()["OrthancStatus"]) == (status, code)
        with pytest.raises(errors.OrthancException, match="the reason"):
            failed.raise_for_status()
    for code in (6, 2038):  # noqa: B007  (Orthanc stops or starts)
        with pytest.raises(errors.OrthancException):
            client(runtime).get("/uri")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([("a", "b")], TypeError),
        ({"a": 1}, TypeError),
        ({b"a": "b"}, TypeError),
        ({"": "b"}, ValueError),
        ({"a b": "b"}, ValueError),
        ({"a\n": "b"}, ValueError),
        ({"a": "b\r\nc: d"}, ValueError),
        ({"a": "\0"}, ValueError),
    ],
)
def test_headers_that_are_refused(
    runtime: Runtime, headers: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        runtime("http").flatten_headers(headers)


def test_headers_for_the_native_part(runtime: Runtime) -> None:
    assert runtime("http").flatten_headers({"A": "b\tc", "D": "é"}) == ("A", "b\tc", "D", "é")


def test_a_peer_is_found_by_its_name(runtime: Runtime) -> None:
    calls: list[tuple[Any, ...]] = []

    class Peers(list):  # type: ignore[type-arg]
        def CallPeerApi(self, *arguments: Any) -> None:  # noqa: N802
            calls.append(arguments)

    runtime.orthanc.GetPeers = lambda: Peers(["a", "b"])
    client(runtime, "peer")("b").put("/uri", b"x", timeout=3)
    assert calls == [(1, 3, "/uri", {}, b"x", 3)]
    with pytest.raises(runtime("errors").OrthancException, match="Unknown Orthanc peer: c"):
        client(runtime, "peer")("c")

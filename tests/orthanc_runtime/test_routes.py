# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from .conftest import Runtime

HERE = re.escape(__file__)


class Output:
    """Takes the place of an orthanc.RestOutput: keeps the calls."""

    absent: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name in self.absent:
            raise AttributeError(name)

        def call(*values: Any) -> None:
            self.calls.append((name, *(list(v) if hasattr(v, "__next__") else v for v in values)))

        return call


class OldOutput(Output):
    """An Orthanc that cannot stream."""

    absent = ("Stream",)


@pytest.fixture
def routes(runtime: Runtime) -> Any:
    runtime.orthanc.callbacks = {}
    runtime.orthanc.listeners = []
    runtime.orthanc.RegisterRestCallback = runtime.orthanc.callbacks.__setitem__
    runtime.orthanc.RegisterOnChangeCallback = runtime.orthanc.listeners.append
    module = runtime("routes")
    module.exports(runtime.orthanc)
    return module


def respond(routes: Any, result: object, output: Any = None, **request: Any) -> list[Any]:
    """The calls of the output for a route with this result, or this function."""
    function = result if callable(result) else lambda request: result
    routes.route("/x", methods=["GET", "POST"])(function)
    output = output or Output()
    keywords = {"method": "GET", "groups": (), "headers": {}, **request}
    routes._orthanc.callbacks["/x"](output, "/x", **keywords)
    calls: list[Any] = output.calls
    return calls


JSON, TEXT, BYTES = "application/json", "text/plain; charset=utf-8", "application/octet-stream"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("text", ("AnswerBuffer", "text", TEXT)),
        (b"bytes", ("AnswerBuffer", b"bytes", BYTES)),
        ({"a": 1}, ("AnswerBuffer", '{"a": 1}', JSON)),
        ([1, None], ("AnswerBuffer", "[1, null]", JSON)),
        (None, ("SendHttpStatusCode", 204)),
        (iter(["a", b"b"]), ("Stream", ["a", b"b"], TEXT)),
        (iter([b"a", "b"]), ("Stream", [b"a", "b"], BYTES)),
        (iter(()), ("Stream", [b""], BYTES)),
    ],
)
def test_each_kind_of_result_is_sent(routes: Any, result: object, expected: Any) -> None:
    assert respond(routes, result) == [expected]


def test_a_response_has_a_status_and_headers(routes: Any) -> None:
    response = routes.HttpResponse({"a": 1}, status=201, headers={"Location": "/y"})
    assert respond(routes, response) == [
        ("SetHttpHeader", "Location", "/y"),
        ("SetHttpHeader", "Content-Type", JSON),
        ("SendHttpStatus", 201, '{"a": 1}'),
    ]


@pytest.mark.parametrize(
    "options", [{"mime": "text/html"}, {"headers": {"content-type": "text/html"}}]
)
def test_a_response_has_a_mime_type(routes: Any, options: dict[str, Any]) -> None:
    response = routes.HttpResponse("<p>", **options)
    assert respond(routes, response) == [("AnswerBuffer", "<p>", "text/html")]


def test_a_stream_is_collected_where_orthanc_cannot_stream(routes: Any) -> None:
    chunks = iter(["é", b"b"])
    expected = [("AnswerBuffer", b"\xc3\xa9b", TEXT)]
    assert respond(routes, chunks, OldOutput()) == expected


def test_a_stream_with_another_status_is_collected(routes: Any) -> None:
    calls = respond(routes, routes.HttpResponse(iter([b"a", b"b"]), status=202))
    assert calls[-1] == ("SendHttpStatus", 202, b"ab")


def test_an_error_before_the_first_chunk_sets_the_status(routes: Any) -> None:
    def stream(request: Any) -> Iterator[bytes]:
        raise routes.HttpError(404, "nothing")
        yield b""

    assert respond(routes, stream)[-1][:2] == ("SendHttpStatus", 404)


@pytest.mark.parametrize("result", [3, ("text", 201), {1}, object])
def test_a_wrong_result_names_the_right_ones_and_the_place(routes: Any, result: object) -> None:
    message = rf"must not return \w+: return str, bytes, dict.* \(registered at {HERE}:\d+\)"
    with pytest.raises(TypeError, match=message):
        respond(routes, lambda request: result)


@pytest.mark.parametrize(
    "result", [{"a": {1}}, [object()], {(1, 2): 3}, {"mean": float("nan")}, [float("inf")]]
)
def test_a_result_that_is_not_json_names_the_value_and_the_place(
    routes: Any, result: object
) -> None:
    message = rf"must not return a (dict|list) that is not JSON: .+ \(registered at {HERE}:\d+\)"
    with pytest.raises(TypeError, match=message):
        respond(routes, result)


@pytest.mark.parametrize("groups", [(), ("a", "b")])
def test_a_function_with_wrong_parameters_names_the_right_ones(
    routes: Any, groups: tuple[str, ...]
) -> None:
    message = rf"the request and {len(groups)} groups of .* \(registered at {HERE}:\d+\)"
    with pytest.raises(TypeError, match=message):
        respond(routes, lambda request, group: None, groups=groups)


def test_a_type_error_inside_the_function_is_unchanged(routes: Any) -> None:
    with pytest.raises(TypeError) as raised:
        respond(routes, lambda request: len(3))  # type: ignore[arg-type]
    assert str(raised.value) == "object of type 'int' has no len()"


def test_the_request_has_its_parts(routes: Any) -> None:
    seen: list[Any] = []
    respond(
        routes,
        lambda request, *groups: seen.append((request, groups)),
        method="POST",
        groups=("a", "b"),
        headers={"content-type": "text/plain; charset=latin-1"},
        body=b"\xe9",
        authentication_payload=b"who",
    )
    request, groups = seen[0]
    assert groups == request.groups == ("a", "b")
    assert (request.method, request.uri, request.query) == ("POST", "/x", {})
    assert request.headers["Content-Type"].startswith("text/plain")
    assert (request.body, request.text) == (b"\xe9", "é")
    assert request.authentication_payload == b"who"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100000])
def test_a_body_that_is_no_json_is_a_bad_request(routes: Any, body: bytes) -> None:
    calls = respond(routes, lambda request: request.json(), method="POST", body=body)
    name, status, message = calls[-1]
    assert (name, status) == ("SendHttpStatus", 400)
    assert "The body is not valid JSON: " in message


def test_an_error_of_the_server_is_logged(runtime: Runtime, routes: Any) -> None:
    def fail(request: Any) -> None:
        raise routes.HttpError(502, "no answer") from OSError("cause")

    calls = respond(routes, fail)
    assert calls[-1][:2] == ("SendHttpStatus", 502)
    assert "no answer" in calls[-1][2]
    assert "OSError: cause" in runtime.logged[0][3]


@pytest.mark.parametrize("status", [200, 399, 600, "404", None])
def test_an_error_has_an_error_status(routes: Any, status: object) -> None:
    with pytest.raises(ValueError, match="from 400 to 599"):
        routes.HttpError(status)


@pytest.mark.parametrize("kind", ["HttpError", "HttpResponse"])
@pytest.mark.parametrize("headers", [{"A": "b\r\nC: d"}, {"A\n": "b"}, {"A b": "c"}])
def test_headers_cannot_inject_others(routes: Any, kind: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        getattr(routes, kind)("x" if kind == "HttpResponse" else 404, headers=headers)


def test_one_path_has_a_function_for_each_method(routes: Any) -> None:
    routes.route("/y", methods=["GET"])(lambda request: "got")
    routes.route("/y", methods="DELETE")(lambda request: "deleted")
    callback = routes._orthanc.callbacks["/y"]
    for method, expected in {
        "GET": ("AnswerBuffer", "got", TEXT),
        "DELETE": ("AnswerBuffer", "deleted", TEXT),
        "PUT": ("SendMethodNotAllowed", "GET,DELETE"),
    }.items():
        output = Output()
        callback(output, "/y", method=method, groups=(), headers={})
        assert output.calls == [expected]
    with pytest.raises(RuntimeError, match=r"GET /y has a function already.*test_routes.py:\d+"):
        routes.route("/y")(print)


@pytest.mark.parametrize("methods", [["HEAD"], ["get"], ["PATCH"], [], "X"])
def test_a_wrong_method_is_refused(routes: Any, methods: Any) -> None:
    with pytest.raises(ValueError, match=r"passes GET|at least one"):
        routes.route("/y", methods=methods)


def test_wrong_decorated_objects_are_refused(routes: Any) -> None:
    wrong: Any = 3
    for decorator in (routes.route("/z"), routes.on(1)):
        with pytest.raises(TypeError, match=r"orthanc\.route|orthanc\.on"):
            decorator(wrong)
    with pytest.raises(TypeError, match="needs the path"):
        routes.route(print)
    with pytest.raises(TypeError, match=r"values of orthanc.ChangeType, .*; it got str"):
        routes.on("STABLE_STUDY")


def test_events_are_selected_by_their_types(routes: Any) -> None:
    calls: list[Any] = []
    assert routes.on(1, 3)(calls.append) == calls.append

    @routes.on(1, 3)  # type: ignore[untyped-decorator]
    def chosen(*values: Any) -> None:
        calls.append(("chosen", *values))

    @routes.on  # type: ignore[untyped-decorator]
    def every(*values: Any) -> None:
        calls.append(("every", *values))

    _, listener, listener_of_all = routes._orthanc.listeners
    listener(1, 2, "a")
    listener(2, 2, "a")
    listener_of_all(2, 2, "a")
    assert calls == [("chosen", 1, 2, "a"), ("every", 2, 2, "a")]
    assert (listener.__name__, listener_of_all) == ("chosen", every)


def test_a_reset_forgets_the_routes(runtime: Runtime, routes: Any) -> None:
    routes.route("/y")(print)
    routes.exports(type(runtime.orthanc)("orthanc"))
    registered: list[str] = []
    routes._orthanc.RegisterRestCallback = lambda path, callback: registered.append(path)
    routes.route("/y")(print)
    assert registered == ["/y"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("/x/<name>", "/x/([^/]+)"),
        ("/x/<int:number>/y", "/x/([^/]+)/y"),
        ("/x/{name}", "/x/([^/]+)"),
        ("/x/{path:path}", "/x/([^/]+)"),
    ],
)
def test_a_path_of_another_framework_has_a_suggestion(routes: Any, wrong: str, right: str) -> None:
    text = f"orthanc.route takes a regular expression: write {right!r} in place of {wrong!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        routes.route(wrong)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("/x/", "/x"),
        (r"/x\/", "/x"),
        ("/x/(.*)/", "/x/(.*)"),
        ("(/x|/y)/", "(/x|/y)"),
        ("x", "/x"),
        ("x/", "/x"),
        ("x/([^/]+)", "/x/([^/]+)"),
        ("", "/"),
    ],
)
def test_a_path_that_no_request_has_is_refused(routes: Any, wrong: str, right: str) -> None:
    text = f"removes from each request: write {right!r} in place of {wrong!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        routes.route(wrong)
    routes.route(right)


@pytest.mark.parametrize(
    "path", ["/", "/x/?", "/x/.*", "(/x|/y)", ".*", "^/x", "x?/y", "x*/y", "x{0,1}/y", "x|/y"]
)
def test_a_path_that_a_request_can_have_is_accepted(routes: Any, path: str) -> None:
    routes.route(path)(lambda request: "")
    assert path in routes._orthanc.callbacks


@pytest.mark.parametrize(
    "path", ["/(?P<name>.+)", "/(?<name>.+)", "/a{2,3}", "/(?<=b)c", r"/\p{L}"]
)
def test_groups_and_repetitions_are_no_placeholders(routes: Any, path: str) -> None:
    routes.route(path)(lambda request: "")
    assert path in routes._orthanc.callbacks


def test_a_generator_for_events_is_refused(routes: Any) -> None:
    def generator(change_type: int, level: int, resource: str) -> Iterator[int]:
        yield 1

    async def asynchronous(change_type: int, level: int, resource: str) -> AsyncIterator[int]:
        yield 1

    for function in generator, asynchronous:
        for decorator in routes.on, routes.on(3):
            with pytest.raises(TypeError, match=f"{function.__name__} is a generator function"):
                decorator(function)
    assert routes._orthanc.listeners == []

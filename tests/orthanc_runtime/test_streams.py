# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Runtime

REQUEST = {"method": "POST"}


class Answers:
    """Takes the place of an orthanc.RestOutput."""

    def __init__(self) -> None:
        self.bodies: list[object] = []

    def AnswerBuffer(self, body: object) -> None:  # noqa: N802
        self.bodies.append(body)


@pytest.fixture
def upload(runtime: Runtime) -> Callable[..., Any]:
    runtime.orthanc.RestOutput = Answers
    streams = runtime("streams")

    def start(callback: Callable[..., object]) -> Any:
        return streams.Upload(callback, "/uri", REQUEST)

    return start


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, []),
        (b"", []),
        (b"ab", [b"ab"]),
        ("\u00e9\udcff", [b"\xc3\xa9\xff"]),
        (bytearray(b"ab"), [b"ab"]),
        (memoryview(b"abcd")[::2], [b"ac"]),
        ([b"a", b"b"], [b"a", b"b"]),
        (io.BytesIO(b"ab"), [b"ab"]),
        (b"x" * ((1 << 20) + 1), [b"x" * (1 << 20), b"x"]),
    ],
    ids=["none", "empty", "bytes", "text", "bytearray", "stride", "list", "file", "large"],
)
def test_each_source_of_a_body_is_read_in_chunks(
    runtime: Runtime, source: object, expected: list[bytes]
) -> None:
    assert [bytes(chunk) for chunk in runtime("streams").chunks(source)] == expected


def test_a_body_of_a_wrong_type(runtime: Runtime) -> None:
    with pytest.raises(TypeError, match="not int"):
        runtime("streams").chunks(3)


def test_the_sink_of_a_response(runtime: Runtime) -> None:
    file = io.BytesIO()
    runtime("streams").sink(file)(b"ab")
    assert file.getvalue() == b"ab"
    with pytest.raises(TypeError, match="not str"):
        runtime("streams").sink("file")


def test_a_body_is_read_in_parts(upload: Callable[..., Any]) -> None:
    def callback(output: Any, uri: str, *, body: Any, method: str) -> None:
        found = [body.read(3), body.read1(), body.read1(1), next(body), *body]
        output.AnswerBuffer([*found, body.read(), uri, method])

    running = upload(callback)
    for piece in (b"ab", b"", b"cde", b"fg", b"h"):
        running.add(piece)
    answers = Answers()
    running.execute(answers)
    assert answers.bodies == [[b"abc", b"de", b"f", b"g", b"h", b"", "/uri", "POST"]]


def test_lines_of_a_body(upload: Callable[..., Any]) -> None:
    running = upload(
        lambda output, uri, *, body, **request: output.AnswerBuffer(
            io.TextIOWrapper(io.BufferedReader(body)).readlines()
        )
    )
    for piece in (b"on", b"e\ntw", b"o"):
        running.add(piece)
    answers = Answers()
    running.execute(answers)
    assert answers.bodies == [["one\n", "two"]]


def test_a_piece_waits_until_the_previous_one_is_taken(upload: Callable[..., Any]) -> None:
    may_read, both_added = threading.Event(), threading.Event()

    def callback(output: Any, uri: str, *, body: Any, **request: Any) -> None:
        may_read.wait()
        assert not both_added.is_set()
        output.AnswerBuffer([body.read1(), body.read1()])

    running = upload(callback)
    running.add(b"first")

    def add_second() -> None:
        running.add(b"second")
        both_added.set()

    thread = threading.Thread(target=add_second)
    thread.start()
    may_read.set()
    thread.join()
    answers = Answers()
    running.execute(answers)
    assert answers.bodies == [[b"first", b"second"]]


def test_the_rest_is_discarded_when_the_answer_begins(upload: Callable[..., Any]) -> None:
    errors: list[Exception] = []

    def callback(output: Any, uri: str, *, body: Any, **request: Any) -> None:
        output.AnswerBuffer(body.read(1))
        try:
            body.read()
        except ValueError as error:
            errors.append(error)

    running = upload(callback)
    for _ in range(3):  # none of them blocks
        running.add(b"ab")
    answers = Answers()
    running.execute(answers)
    assert answers.bodies == [b"a"]
    assert len(errors) == 1 and "was discarded" in str(errors[0])


def test_an_exception_reaches_the_caller(upload: Callable[..., Any]) -> None:
    def callback(output: Any, uri: str, **request: Any) -> None:
        raise KeyError("mine")

    running = upload(callback)
    running.add(b"ab")
    with pytest.raises(KeyError, match="mine"):
        running.execute(Answers())


def test_a_callback_without_an_answer(upload: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match="has sent no response"):
        upload(lambda output, uri, **request: None).execute(Answers())


def test_a_client_that_goes_away(upload: Callable[..., Any]) -> None:
    ended = threading.Event()
    errors: list[BaseException] = []

    def callback(output: Any, uri: str, *, body: Any, **request: Any) -> None:
        try:
            body.read()
        except ConnectionAbortedError as error:
            errors.append(error)
            raise
        finally:
            ended.set()

    running = upload(callback)
    running.add(b"ab")
    running.close()
    assert ended.wait(60)
    assert "has ended the upload" in str(errors[0])

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exceptions in REST callbacks and wrong registrations become HTTP errors and log entries."""

from __future__ import annotations

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen, wait_for

SCRIPT = """
import sys
import orthanc
from recorder import answer, outcome, record, route

record('invalid regex', *outcome(orthanc.RegisterRestCallback, '/(unclosed', print))
record('not callable', *outcome(orthanc.RegisterRestCallback, '/number', 42))
record('missing', *outcome(orthanc.RegisterRestCallback, '/number'))


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError('no text')


ERRORS = {
    'ValueError': ValueError('Grüße boom'),
    'KeyError': KeyError('boom'),
    'SystemExit': SystemExit(3),
    'KeyboardInterrupt': KeyboardInterrupt(),
    'Unprintable': Unprintable(),
    'OrthancText': orthanc.OrthancException('only a text'),
    'OrthancEmpty': orthanc.OrthancException(),
    'OrthancOdd': orthanc.OrthancException('17', 'swapped'),
    'OrthancHuge': orthanc.OrthancException(1 << 80, 'too large'),
    'OrthancSuccess': orthanc.OrthancException(0, 'success is no failure'),
}


@route('/raise/(.*)')
def fail(output, uri, **request):
    raise ERRORS[request['groups'][0]]


@route('/orthanc-code/(.*)')
def code(output, uri, **request):
    value = getattr(orthanc.ErrorCode, request['groups'][0])
    raise orthanc.OrthancException(value, 'on purpose')


@route('/nested')
def nested(output, uri, **request):
    orthanc.RestApiGet('/instances/nope')


@route('/chained')
def chained(output, uri, **request):
    try:
        {}['first']
    except KeyError as error:
        raise ValueError('second') from error


@route('/details')
def details(output, uri, **request):
    output.SetHttpErrorDetails('the reason', 0)
    raise ValueError('with details')


@route('/silent')
def silent(output, uri, **request):
    output.SetHttpHeader('X-A', 'b')
    return 'this is no answer'


async def coroutine(output, uri, **request):
    output.AnswerBuffer('never', 'text/plain')


orthanc.RegisterRestCallback('/coroutine', lambda *args, **kw: coroutine(*args, **kw))


@route('/fine')
def fine(output, uri, **request):
    output.AnswerBuffer('fine', 'text/plain')


@route('/registered-late')
def late(output, uri, **request):
    orthanc.RegisterRestCallback('/late', fine)
    output.AnswerBuffer('registered', 'text/plain')


@route('/wrong-signature')
def wrong_signature(output):
    raise AssertionError('never reached')


@route('/twice/(.*)')
def twice(output, uri, groups, **request):
    {'buffer': lambda: output.AnswerBuffer('first', 'text/plain'),
     'status': lambda: output.SendHttpStatus(200, b'first'),
     'parts': lambda: output.StartMultipartAnswer('mixed', 'text/plain')}[groups[0]]()
    again = [outcome(output.AnswerBuffer, 'second', 'text/plain'),
             outcome(output.SendHttpStatusCode, 404)]
    if groups[0] != 'parts':
        again += [outcome(output.SendMultipartItem, 'third'),
                  outcome(output.SendMultipartItem2, 'fourth', {})]
    record(groups[0], again)


@route('/forbidden-header')
def forbidden_header(output, uri, **request):
    answer(output, outcome(output.SendHttpStatusCode, 418))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


@pytest.mark.parametrize(
    "name",
    [
        "ValueError",
        "KeyError",
        "SystemExit",
        "KeyboardInterrupt",
        "Unprintable",
        "OrthancText",
        "OrthancEmpty",
        "OrthancOdd",
        "OrthancHuge",
        "OrthancSuccess",
    ],
)
def test_an_exception_is_an_internal_server_error(server: Orthanc, name: str) -> None:
    assert server.get(f"/raise/{name}").status_code == 500
    assert server.get("/fine").text == "fine"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UNKNOWN_RESOURCE", 404),
        ("INEXISTENT_ITEM", 404),
        ("BAD_REQUEST", 400),
        ("PARAMETER_OUT_OF_RANGE", 400),
        ("UNAUTHORIZED", 401),
        ("NOT_ACCEPTABLE", 406),
        ("INTERNAL_ERROR", 500),
    ],
)
def test_an_orthanc_exception_keeps_its_status(server: Orthanc, code: str, status: int) -> None:
    assert server.get(f"/orthanc-code/{code}").status_code == status


def test_an_error_of_the_sdk_keeps_its_status(server: Orthanc) -> None:
    assert server.get("/nested").status_code == 404


def test_the_log_shows_the_standard_traceback(server: Orthanc) -> None:
    server.get("/raise/ValueError")
    server.wait_for_log("Error in the REST callback for GET /.*, traceback:")
    server.wait_for_log(r"Traceback \(most recent call last\):")
    server.wait_for_log(r'File ".*script\.py", line \d+, in fail')
    server.wait_for_log("ValueError: Grüße boom")


def test_the_log_shows_chained_exceptions(server: Orthanc) -> None:
    server.get("/chained")
    server.wait_for_log(
        r"KeyError: 'first'\n(?s:.*)direct cause of the following exception(?s:.*)"
        r"ValueError: second"
    )


def test_details_of_an_error(server: Orthanc) -> None:
    response = server.get("/details")
    assert response.status_code == 500
    assert response.json()["Details"] == "the reason"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/silent", "/coroutine"])
def test_a_callback_that_does_not_answer(server: Orthanc, method: str, path: str) -> None:
    """Orthanc alone would drop the connection without an error."""
    assert server.request(method, path).status_code == 500
    server.wait_for_log(f"RuntimeError: The callback has sent no response to {method} {path}")
    assert server.get("/fine").text == "fine"


@pytest.mark.parametrize("first", ["buffer", "status", "parts"])
def test_a_second_answer(server: Orthanc, first: str) -> None:
    answer = server.get(f"/twice/{first}")
    assert answer.status_code == 200
    assert "second" not in answer.text
    # the response may arrive before the callback has returned
    [outcomes] = wait_for(lambda: [row[1] for row in seen(server) if row[0] == first], first)
    for kind, text, (code, _) in outcomes:
        assert (kind, code) == ("OrthancException", "6")
        assert "Bad sequence of calls: the request already has a response" in text


def test_an_invalid_regular_expression_raises(server: Orthanc) -> None:
    row = next(row for row in seen(server) if row[0] == "invalid regex")
    assert row[1] in ("ValueError", "OrthancException")
    assert "(unclosed" in row[2]


def test_wrong_registrations_raise(server: Orthanc) -> None:
    rows = {row[0]: row[1] for row in seen(server)}
    assert rows["not callable"] == "TypeError"
    assert rows["missing"] == "returned"  # a decorator, which registers a function later
    assert server.get("/number").status_code == 404


def test_registration_from_inside_a_callback(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    assert server.get("/late").status_code == 404
    assert server.get("/registered-late").text == "registered"
    assert server.get("/late").text == "fine"


def test_registration_from_another_thread(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import route

        def fine(output, uri, **request):
            output.AnswerBuffer('fine', 'text/plain')

        @route('/register')
        def register(output, uri, **request):
            thread = threading.Thread(target=orthanc.RegisterRestCallback, args=('/late', fine))
            thread.start()
            thread.join()
            output.AnswerBuffer('registered', 'text/plain')
        """
    )
    assert server.get("/register").text == "registered"
    assert server.get("/late").text == "fine"


def test_a_callback_with_the_wrong_signature(server: Orthanc) -> None:
    assert server.get("/wrong-signature").status_code == 500
    server.wait_for_log("TypeError: wrong_signature")


def test_an_unknown_status_raises(server: Orthanc) -> None:
    assert server.get("/forbidden-header").json()[0] == "OrthancException"

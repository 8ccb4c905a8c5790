# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The filter of incoming HTTP requests."""

from __future__ import annotations

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

SCRIPT = """
import orthanc
from recorder import record, route


class Odd:
    pass


class Pretends:
    __class__ = bool


ANSWERS = {'none': None, 'one': 1, 'zero': 0, 'text': 'yes', 'object': Odd(), 'list': [True],
           'mock': Pretends()}


def allow(uri, **request):
    if uri.startswith('/watched'):
        record(uri, request['method'], request['ip'], request['headers'], request.get('get'))
    if uri.startswith('/denied'):
        return False
    if uri.startswith('/odd/'):
        return ANSWERS[uri[5:]]
    if uri.startswith('/raise/orthanc'):
        raise orthanc.OrthancException(orthanc.ErrorCode.UNAUTHORIZED, 'not you')
    if uri.startswith('/raise'):
        raise ValueError('filter failed')
    if uri.startswith('/asks'):
        return b'ORTHANC' in orthanc.RestApiGet('/system')
    if uri.startswith('/http'):
        port = CONFIGURATION['HttpPort']
        orthanc.HttpGet(f'http://127.0.0.1:{port}/system', '', '')
    return True


import json
CONFIGURATION = json.loads(orthanc.GetConfiguration())
orthanc.RegisterIncomingHttpRequestFilter(allow)


@route('/(watched|denied|odd|raise|asks|http).*')
def reached(output, uri, **request):
    output.AnswerBuffer('reached', 'text/plain')


@route('/internal')
def internal(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins('/denied/inside'), 'text/plain')
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, config={"HttpThreadsCount": 8})


def test_an_allowed_request_reaches_orthanc(server: Orthanc) -> None:
    assert server.get("/watched").text == "reached"


def test_a_denied_request_has_status_403(server: Orthanc) -> None:
    response = server.get("/denied")
    assert (response.status_code, response.content) == (403, b"")


@pytest.mark.parametrize(
    ("method", "number"), [("GET", 1), ("POST", 2), ("PUT", 3), ("DELETE", 4), ("HEAD", 1)]
)
def test_the_callback_receives_the_request(server: Orthanc, method: str, number: int) -> None:
    path = f"/watched/{method}"
    server.request(method, f"{path}/a%20b?x=1", headers={"X-Probe": "p"})
    rows = [row for row in seen(server) if row[0].startswith(path + "/")]
    uri, seen_method, ip, headers, arguments = rows[-1]
    assert uri == f"{path}/a b"
    assert (seen_method, ip) == (number, "127.0.0.1")
    assert headers["x-probe"] == "p"
    # Orthanc parses only the query of a GET, and reports HEAD as GET.
    assert arguments == {"GET": {"x": "1"}, "HEAD": {}}.get(method)


def test_the_trailing_slash_is_kept(server: Orthanc) -> None:
    server.get("/watched//slash/")
    assert any(row[0] == "/watched/slash/" for row in seen(server))


@pytest.mark.parametrize("answer", ["none", "one", "zero", "text", "object", "list", "mock"])
def test_only_true_and_false_are_answers(server: Orthanc, answer: str) -> None:
    assert server.get(f"/odd/{answer}").status_code == 500
    server.wait_for_log("filter.* has not returned a Boolean|filter.* must return a bool")


def test_an_exception_never_grants_access(server: Orthanc) -> None:
    assert server.get("/raise").status_code == 500
    server.wait_for_log(
        "Error in the Python incoming-http-request filter for [A-Z]+ /.*, traceback:"
    )
    server.wait_for_log(r"Traceback \(most recent call last\):")
    server.wait_for_log("ValueError: filter failed")


def test_an_orthanc_exception_never_grants_access(server: Orthanc) -> None:
    response = server.get("/raise/orthanc")
    assert response.status_code in (401, 500)
    assert response.text != "reached"


def test_the_filter_asks_the_rest_api(server: Orthanc) -> None:
    assert server.get("/asks").text == "reached"


def test_the_filter_sends_a_request_to_the_same_orthanc(server: Orthanc) -> None:
    assert server.get("/http").text == "reached"


def test_static_files_are_filtered_too(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **r: uri == '/system')
        """
    )
    assert server.get("/system").status_code == 200
    assert server.get("/app/explorer.html").status_code == 403


def test_internal_calls_are_not_filtered(server: Orthanc) -> None:
    assert server.get("/internal").text == "reached"


def test_requests_of_one_client_are_filtered_one_by_one(server: Orthanc) -> None:
    answers = [server.get(path).status_code for path in ["/watched", "/denied"] * 20]
    assert answers == [200, 403] * 20

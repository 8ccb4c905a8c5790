# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bugs of the reference plugin that belong to no kind of callback."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.support.servers import Servers


def test_a_header_that_is_not_utf_8(orthanc: Servers) -> None:
    server = orthanc(
        """
        from recorder import answer, route

        @route('/headers')
        def headers(output, uri, **request):
            answer(output, request['headers']['x-latin'])
        """
    )
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    connection.putrequest("GET", "/headers")
    connection.putheader("x-latin", "caf\xe9")
    connection.endheaders()
    assert connection.getresponse().read() == rb'"caf\udce9"'


def test_arguments_by_name_and_too_many_of_them(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import answer, outcome, route

        @route('/calls')
        def calls(output, uri, **request):
            answer(output, [
                outcome(orthanc.ComputeMd5, buffer='x'),
                outcome(orthanc.GenerateUuid, 1),
                outcome(orthanc.ComputeMd5, 'x', buffer='x'),
                outcome(orthanc.ComputeMd5, bufer='x'),
                outcome(orthanc.ComputeMd5),
            ])
        """
    )
    named, *refused = server.get("/calls").json()
    assert named == ["returned", "9dd4e461268c8034f5c8564e155c67a6"]
    assert [row[0] for row in refused] == ["TypeError"] * 4
    assert "buffer" in refused[1][1]
    assert "bufer" in refused[2][1]
    assert "buffer" in refused[3][1]


def test_conversions_and_failed_calls_leak_nothing(
    orthanc: Servers,
) -> None:
    """Failed conversions, JSON in both directions and exceptions leak no object."""
    server = orthanc(
        """
        import gc
        import sys
        import orthanc
        from recorder import answer, outcome, route

        @route('/blocks')
        def blocks(output, uri, **request):
            gc.collect()
            output.SetHttpHeader('X-Latin', request['headers'].get('x-latin', ''))
            answer(output, sys.getallocatedblocks())

        def convert():
            orthanc.rest.get('/system', headers={'X-A': 'a', 'X-B': 'b'}).json()
            orthanc.CallRestApi(orthanc.HttpMethod.GET, '/nothing', {'X-A': 'a'})

        def fail():
            convert()
            raise ValueError([0] * 100)

        @route('/convert')
        def on_convert(output, uri, **request):
            for _ in range(100):
                outcome(fail)
                outcome(orthanc.RestApiGet, '\\ud800')
                outcome(orthanc.CallRestApi, orthanc.HttpMethod.GET, '/system', {'a': 1})
            answer(output, None)
        """
    )
    headers = {"x-latin": "caf\xe9".encode("latin-1")}

    def use() -> int:
        for _ in range(100):
            assert server.get("/blocks", headers=headers).status_code == 200
        assert server.get("/convert").status_code == 200
        blocks: int = server.get("/blocks").json()
        return blocks

    use()  # fills caches
    before = use()
    assert use() - before < 90  # less than one object per 100 calls


def test_docstrings_have_a_signature_and_words(orthanc: Servers) -> None:
    server = orthanc(
        """
        import inspect
        import orthanc
        from recorder import answer, route

        @route('/documentation')
        def documentation(output, uri, **request):
            answer(output, [
                str(inspect.signature(orthanc.RestApiPost)), inspect.getdoc(orthanc.RestApiPost),
                inspect.getdoc(orthanc.ChangeType),
            ])
        """
    )
    signature, words, enumeration = server.get("/documentation").json()
    assert signature == "(uri, body)"
    assert "OrthancPluginRestApiPost" in words
    assert "OrthancPluginOrthancPlugin" not in enumeration

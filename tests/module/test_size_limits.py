# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Data whose size exceeds the 32 bits of Orthanc's SDK are refused, not truncated."""

from __future__ import annotations

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers

SCRIPT = """
import mmap
import orthanc
from recorder import answer, outcome, route

LARGE = mmap.mmap(-1, (1 << 32) + 10)  # memory that nobody touches
METHOD = orthanc.HttpMethod.POST


def calls(output):
    image = orthanc.PixelFormat.GRAYSCALE8
    yield 'AnswerBuffer', lambda: output.AnswerBuffer(LARGE, 'text/plain')
    yield 'SendHttpStatus', lambda: output.SendHttpStatus(200, LARGE)
    yield 'SendMultipartItem', lambda: output.SendMultipartItem(LARGE)
    yield 'RestApiPost', lambda: orthanc.RestApiPost('/tools/echo', LARGE)
    yield 'RestApiPut', lambda: orthanc.RestApiPut('/tools/echo', LARGE)
    yield 'HttpPost', lambda: orthanc.HttpPost('http://127.0.0.1:1', LARGE, '', '')
    yield 'HttpPut', lambda: orthanc.HttpPut('http://127.0.0.1:1', LARGE, '', '')
    yield 'HttpClient', lambda: orthanc.HttpClient(METHOD, 'http://127.0.0.1:1', {}, LARGE)
    yield 'ChunkedHttpClient', lambda: orthanc.ChunkedHttpClient(
        METHOD, 'http://127.0.0.1:1', request=iter([LARGE]))
    yield 'CreateDicomInstance', lambda: orthanc.CreateDicomInstance(LARGE)
    yield 'DicomBufferToJson', lambda: orthanc.DicomBufferToJson(LARGE, 1, 0, 0)
    yield 'UncompressImage', lambda: orthanc.UncompressImage(LARGE, orthanc.ImageFormat.PNG)
    yield 'BufferCompression', lambda: orthanc.BufferCompression(
        LARGE, orthanc.CompressionType.ZLIB, 0)
    yield 'ComputeMd5', lambda: orthanc.ComputeMd5(LARGE)
    yield 'WriteFile', lambda: orthanc.WriteFile('large', LARGE)


@route('/calls')
def on_calls(output, uri, **request):
    results = {name: outcome(call)[:2] for name, call in calls(output)}
    answer(output, results)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT)


def test_sizes_beyond_32_bits_raise(server: Orthanc) -> None:
    results = server.get("/calls").json()
    assert len(results) == 15
    assert {name: kind for name, (kind, _) in results.items() if kind != "OverflowError"} == {}
    assert "4294967295 bytes" in results["AnswerBuffer"][1]
    assert "RestOutput.Stream()" in results["AnswerBuffer"][1]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proxies and timeouts of the HTTP clients."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.servers import Servers

SCRIPT = """
import orthanc
from recorder import answer, outcome, route

GET = orthanc.HttpMethod.GET


def chunked(url, timeout):
    received = []
    orthanc.ChunkedHttpClient(GET, url, answer=received.append, timeout=timeout)
    return b''.join(received).decode()


CALLS = {
    'http': lambda url, timeout: orthanc.http.get(url, timeout=timeout).text,
    'peer': lambda url, timeout: orthanc.peer('away').get('/path', timeout=timeout).text,
    'chunked': chunked,
    'HttpGet': lambda url, timeout: orthanc.HttpGet(url).decode(),
}


@route('/call/(.*)/([0-9]+)')
def call(output, uri, groups, body, **request):
    answer(output, outcome(CALLS[groups[0]], body.decode(), int(groups[1])))
"""


class Proxy(web.Handler):
    """Responds with the requested path, which is a whole URL in requests to a proxy."""

    def do_GET(self) -> None:
        self.answer(self.path.encode())


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    with web.serving(Proxy) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """A server that accepts connections and never sends a byte."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture(scope="module")
def behind_proxy(module_orthanc: Servers, where: str | None, proxy: str) -> Orthanc:
    config = {"HttpProxy": proxy, "OrthancPeers": {"away": ["http://pacs.example/"]}}
    return module_orthanc(SCRIPT, debian=where, config=config)


@pytest.fixture(scope="module")
def patient(module_orthanc: Servers, where: str | None, silent: str) -> Orthanc:
    """A server whose default timeout is longer than the timeout of the tests."""
    config = {"HttpTimeout": 3600, "OrthancPeers": {"away": [silent]}}
    return module_orthanc(SCRIPT, debian=where, config=config)


def test_the_proxy_of_the_configuration(behind_proxy: Orthanc) -> None:
    url = "http://research.example/path"
    for client in ("http", "chunked", "HttpGet"):
        assert behind_proxy.post(f"/call/{client}/20", url).json() == ["returned", url]
    kind, asked = behind_proxy.post("/call/peer/20", "").json()
    assert kind == "returned"
    assert asked in ("http://pacs.example/path", "http://pacs.example//path")  # older Orthancs


@pytest.mark.parametrize("client", ["http", "peer", "chunked"])
def test_the_timeout_of_a_request(patient: Orthanc, silent: str, client: str) -> None:
    kind, text, _ = patient.post(f"/call/{client}/1", silent, timeout=60).json()
    assert (kind, text[:4]) == ("OrthancException", "(9, ")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The session for requests to Orthanc keeps a connection for half a second, Orthanc for a whole."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trustme

from orthanc_python import connections
from orthanc_python.connections import local_session
from tests.support import web


class Server(web.Handler):
    """Responds with the port of the client, which each connection has for itself."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(str(self.client_address[1]).encode())

    def do_PUT(self) -> None:
        self.answer(self.body())


def encrypt(server: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)


@pytest.fixture(params=["http", "https"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    prepare: Callable[[Any], None] = encrypt if request.param == "https" else lambda server: None
    with web.serving(Server, prepare=prepare) as port:
        yield f"{request.param}://127.0.0.1:{port}/"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_connection_is_used_again_until_it_is_too_old(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(connections, "monotonic", lambda: now)
    with local_session() as session:
        first = session.get(url).text
        now += 0.4
        assert session.get(url).text == first
        now += 0.4
        assert session.get(url).text == first
        now += 0.6
        second = session.get(url).text
        assert second != first
        assert session.put(url, data=iter([b"one ", b"two"])).text == "one two"
        now += 0.6
        assert session.put(url, data=iter([b"one ", b"two"])).text == "one two"


def test_threads_share_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_LONGEST_PAUSE", 0)
    with web.serving(Server) as port, local_session() as session, ThreadPoolExecutor(8) as pool:
        texts = pool.map(lambda _: session.get(f"http://127.0.0.1:{port}/").text, range(100))
        assert all(text.isdigit() for text in texts)

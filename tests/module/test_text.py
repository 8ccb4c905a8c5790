# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that is not UTF-8 in clients, jobs, WebDAV folders and worker processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.jobs import wait_state
from tests.support.servers import Servers, seen

SCRIPT = """
import orthanc
import work
from recorder import answer, outcome, record, route

POOL = orthanc.WorkerPool(1)
LATIN = 'M\\udcfcller'


@route('/echo/(.*)')
def echo(output, uri, groups, headers, **request):
    body = request.get('body', b'')
    output.SetHttpHeader('X-Answer', headers.get('x-user', ''))
    output.AnswerBuffer(body or groups[0], 'text/plain')


@route('/clients/([0-9]+)')
def clients(output, uri, groups, **request):
    url = f'http://127.0.0.1:{groups[0]}/a'
    found = []
    for client, path in ((orthanc.http, url), (orthanc.peer('peer'), '/a')):
        response = client.get(path, headers={'X-User': LATIN}, params={'a': LATIN})
        found.append([response.headers['x-answer'], response.json()])
    status, headers = orthanc.ChunkedHttpClient(
        1, url, {'X-User': LATIN}, LATIN, None, LATIN, LATIN)
    answer(output, found + [headers['x-answer']])


@route('/work')
def on_work(output, uri, **request):
    answer(output, POOL.run(work.ask))


@orthanc.job
def remember(job, user):
    job.content['user'] = user
    yield 0.5
    record('remembered', user)
    return user


@route('/job')
def on_job(output, uri, **request):
    output.AnswerBuffer(remember(LATIN).submit(), 'text/plain')


class Folder:
    def list_folder(self, path):
        record('list', path)
        name = {'bad': 'a\\x00b', 'mime': 'x'}.get(path[0], LATIN) if path else LATIN
        mime = 'text/html\\r\\nX-Injected: 1' if path == ('mime',) else 'text/plain'
        return [orthanc.WebDavFile(name, 1, mime)]

    def retrieve_file(self, path):
        record('retrieve', path)
        return (b'x', 'text/html\\r\\nX-Injected: 1') if path == ('mime',) else b'x'


orthanc.RegisterWebDavCollection('/dav', Folder())
"""

WORK = """
import orthanc

LATIN = 'M\\udcfcller'


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


def ask():
    sent = orthanc.rest.get('/echo/' + LATIN, headers={'X-User': LATIN})
    posted = orthanc.RestApiPostAfterPlugins('/echo/x', LATIN)
    refused = [outcome(orthanc.CallRestApi, 1, '/system', headers) for headers in
               ({'X-A': 'a\\r\\nX-B: b'}, {'X-A': 'a\\n b'}, {'X A': 'a'}, {'a\\r\\nX-B': 'b'})]
    refused += [outcome(orthanc.rest.get, '/a\\r\\nX-B: b').status_code]
    return [sent.headers['x-answer'], sent.content.decode('latin-1'), posted.decode('latin-1'),
            refused]
"""

LATIN = "M\udcfcller"


class Echo(web.Handler):
    """Responds with the bytes of the header X-User, unchanged."""

    def do_GET(self) -> None:
        self.answer(b'"M\xfcller"', X_Answer=self.headers["X-User"])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with web.serving(Echo) as number:
        yield number


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None, port: int) -> Orthanc:
    config = {"OrthancPeers": {"peer": [f"http://127.0.0.1:{port}/"]}, "WebDavEnabled": True}
    return module_orthanc(SCRIPT, files={"work.py": WORK}, debian=where, config=config)


def test_headers_of_other_servers(server: Orthanc, port: int) -> None:
    response = server.get(f"/clients/{port}")
    assert response.status_code == 200, server.log
    *clients, chunked = response.json()
    assert chunked == LATIN
    for header, body in clients:
        assert body == LATIN
        assert header in (LATIN, "M\ufffdller")  # Orthanc gives these headers as JSON


def test_workers(server: Orthanc) -> None:
    header, path, body, refused = server.get("/work").json()
    assert (header, path, body) == (LATIN, "Müller", "Müller")
    assert refused == ["ValueError"] * 4 + [404]


def test_jobs(server: Orthanc) -> None:
    wait_state(server, server.get("/job").text, "Success")
    assert ["remembered", LATIN] in seen(server)


def test_webdav(server: Orthanc) -> None:
    assert web.get(server.http_port, b"/dav/M%FCller")[2] == b"x"
    assert ["retrieve", [LATIN]] in seen(server)
    answer = server.request("PROPFIND", "/dav", headers={"Depth": "1"})
    assert (answer.status_code, b"M\xfcller" in answer.content) == (207, True)


@pytest.mark.parametrize("path", ["/dav/mime", "/dav/bad"])
def test_webdav_refuses_invalid_names_and_mime_types(server: Orthanc, path: str) -> None:
    answer = server.request("PROPFIND", path, headers={"Depth": "1"})
    assert answer.status_code >= 400
    assert b"njected" not in answer.content
    if path == "/dav/mime":
        assert server.get(path).status_code >= 400
        server.wait_for_log("ValueError: The MIME type of a WebDAV file must not contain")

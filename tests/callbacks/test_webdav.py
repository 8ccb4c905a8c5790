# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Virtual folders, seen through WebDAV."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, reset, seen

SCRIPT = """
import datetime

import orthanc
from recorder import outcome, record

File, Folder = orthanc.WebDavFile, orthanc.WebDavFolder
UTC = datetime.timezone.utc


class Tree:
    def __init__(self):
        self.folders = {(): {}, ('sub folder',): {'a.txt': b'in a'}}

    def list_folder(self, path):
        if path == ('broken',):
            raise ValueError('cannot list')
        if path == ('wrong',):
            yield 'a.txt'
            return
        for name, content in self.folders[path].items():
            yield File(name, len(content), 'text/plain', datetime.datetime(2024, 2, 3, tzinfo=UTC))
        for folder in self.folders:
            if folder and folder[:-1] == path:
                yield Folder(folder[-1])

    def is_folder(self, path):
        return path in self.folders or path in (('broken',), ('wrong',))

    def retrieve_file(self, path):
        if path == ('fails',):
            raise ValueError('cannot read')
        record('retrieve', path)
        content = self.folders.get(path[:-1], {}).get(path[-1])
        return content if content is None else (content, 'application/json')

    def store_file(self, path, data):
        if path[-1] == 'forbidden':
            return False
        self.folders[path[:-1]][path[-1]] = data
        record('store', path, type(data).__name__, len(data))

    def create_folder(self, path):
        self.folders[path] = {}

    def delete_item(self, path):
        if path in self.folders:
            del self.folders[path]
        else:
            del self.folders[path[:-1]][path[-1]]


class ReadOnly:
    def list_folder(self, path):
        return [File('hello.html', 5)] if path == () else None

    def retrieve_file(self, path):
        return b'hello' if path == ('hello.html',) else None


orthanc.RegisterWebDavCollection('/tree', Tree())
orthanc.RegisterWebDavCollection('/fixed', ReadOnly())
record('no method', *outcome(orthanc.RegisterWebDavCollection, '/x', object())[:2])


class Generator:
    def list_folder(self, path):
        yield File('a')

    retrieve_file = list_folder


record('generator', *outcome(orthanc.RegisterWebDavCollection, '/x', Generator())[:2])
record('no slash', *outcome(orthanc.RegisterWebDavCollection, 'x', ReadOnly())[:2])
record('repr', repr(File('a')), File('a') == File('a'))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


def listing(server: Orthanc, path: str) -> dict[str, tuple[bool, str | None, str | None]]:
    """For each item below path: whether it is a folder, its size and its time."""
    answer = server.request("PROPFIND", path, headers={"Depth": "1"})
    assert answer.status_code == 207, answer.text
    found = {}
    for response in ElementTree.fromstring(answer.content).iter("{DAV:}response"):
        name = response.findtext(".//{DAV:}displayname") or ""
        folder = response.find(".//{DAV:}collection") is not None
        size = response.findtext(".//{DAV:}getcontentlength")
        found[name] = (folder, size, response.findtext(".//{DAV:}getlastmodified"))
    return found


def test_folders_and_files_are_listed(server: Orthanc) -> None:
    assert listing(server, "/fixed")["hello.html"][:2] == (False, "5")
    found = listing(server, "/tree/sub%20folder")
    assert found["a.txt"] == (False, "4", "2024-02-03T00:00:00Z")
    assert listing(server, "/tree")["sub folder"][0]


def test_files_are_read_with_their_types(server: Orthanc) -> None:
    answer = server.get("/tree/sub%20folder/a.txt")
    assert (answer.text, answer.headers["Content-Type"]) == ("in a", "application/json")
    assert ["retrieve", ["sub folder", "a.txt"]] in seen(server)
    answer = server.get("/fixed/hello.html")
    assert (answer.text, answer.headers["Content-Type"]) == ("hello", "text/html")


def test_missing_files_have_status_404(server: Orthanc) -> None:
    assert server.get("/fixed/missing").status_code == 404
    answer = server.request("PROPFIND", "/fixed/missing", headers={"Depth": "1"})
    assert answer.status_code == 404


def test_files_and_folders_are_written_and_deleted(server: Orthanc) -> None:
    assert server.request("MKCOL", "/tree/new").status_code == 201
    assert server.put("/tree/new/b.bin", bytes(range(256))).status_code == 201
    assert ["store", ["new", "b.bin"], "bytes", 256] in seen(server)
    assert server.get("/tree/new/b.bin").content == bytes(range(256))
    assert server.delete("/tree/new/b.bin").status_code == 204
    assert server.get("/tree/new/b.bin").status_code == 404
    assert server.delete("/tree/new").status_code == 204
    assert "new" not in listing(server, "/tree")


def test_a_collection_without_the_methods_refuses_writes(server: Orthanc) -> None:
    assert server.put("/fixed/new", b"1").status_code == 403
    assert server.request("MKCOL", "/fixed/new").status_code == 403
    assert server.delete("/fixed/hello.html").status_code == 403
    assert server.put("/tree/forbidden", b"1").status_code == 403


@pytest.mark.parametrize(
    ("path", "text"),
    [("/tree/broken", "cannot list"), ("/tree/wrong", "must give orthanc.WebDavFile")],
)
def test_an_exception_while_listing_is_an_error_in_the_log(
    server: Orthanc, path: str, text: str
) -> None:
    answer = server.request("PROPFIND", path, headers={"Depth": "1"})
    assert answer.status_code >= 400
    server.wait_for_log(text)


def test_an_exception_while_reading_is_an_error_in_the_log(server: Orthanc) -> None:
    assert server.get("/tree/fails").status_code >= 400
    server.wait_for_log("ValueError: cannot read")


def test_an_incomplete_collection_is_refused(server: Orthanc) -> None:
    rows = {row[0]: row[1:] for row in seen(server)}
    assert rows["no method"] == [
        "TypeError",
        "A WebDAV collection needs a method list_folder(path)",
    ]
    assert rows["generator"][0] == "TypeError"
    assert "is_folder" in rows["generator"][1]
    assert rows["no slash"][0] == "ValueError"
    assert rows["repr"] == ["WebDavFile(name='a', size=0, mime_type='', modified=None)", True]


def test_collections_work_after_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    reset(server)
    assert server.get("/fixed/hello.html").text == "hello"

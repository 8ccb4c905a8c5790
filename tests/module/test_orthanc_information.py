# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The information that a script gets about Orthanc, and that Orthanc shows about a script."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, version

SCRIPT = """
import orthanc
from recorder import answer, outcome, route

orthanc.ExtendOrthancExplorer('// a first script')
orthanc.ExtendOrthancExplorer('// of the script')
orthanc.SetDescription('Described by the script')
orthanc.SetRootUri('/page')


@route('/facts')
def facts(output, uri, **request):
    answer(output, {
        'description': orthanc.GetErrorDescription(orthanc.ErrorCode.UNKNOWN_RESOURCE),
        'unknown': orthanc.GetErrorDescription(999999),
        'schema': orthanc.GetExpectedDatabaseVersion(),
        'folder': orthanc.GetOrthancDirectory(), 'program': orthanc.GetOrthancPath(),
        'types': [orthanc.AutodetectMimeType(name) for name in ('a.png', 'b.json', 'c.nothing')],
    })


@route('/is/([0-9]+)/([0-9]+)/([0-9]+)')
def is_at_least(output, uri, groups, **request):
    answer(output, [orthanc.CheckVersionAdvanced(*map(int, groups)), orthanc.CheckVersion()])


@route('/describe')
def describe(output, uri, **request):
    orthanc.SetDescription2('python', 'Described anew')
    orthanc.SetRootUri2('python', '/other')
    orthanc.ExtendOrthancExplorer2('python', '// for the plugin')
    answer(output, None)


@route('/http/(.*)')
def http(output, uri, groups, **request):
    path = f'{groups[0]}/echo'
    answer(output, [outcome(orthanc.HttpPut, path, b'body'), outcome(orthanc.HttpDelete, path),
                    outcome(orthanc.HttpPut, path, b'body', 'alice', 'secret')])


@route('/echo')
def echo(output, uri, **request):
    login = request['headers'].get('authorization', '')
    output.AnswerBuffer(f"{request['method']} {request.get('body')} {login}", 'text/plain')
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


def test_facts(server: Orthanc) -> None:
    facts = server.get("/facts").json()
    assert facts["description"] == "Unknown resource"
    assert "rror" in facts["unknown"]
    assert facts["schema"] == server.get("/system").json()["DatabaseVersion"]
    program = PurePosixPath(facts["program"])
    assert (str(program.parent), program.name) == (facts["folder"], "Orthanc")
    assert facts["types"] == ["image/png", "application/json", "application/octet-stream"]


def test_versions(server: Orthanc) -> None:
    major, minor, revision = version(server)
    for older in ((major, minor, revision), (major, minor - 1, 99), (major - 1, 99, 99)):
        assert server.get("/is/{}/{}/{}".format(*older)).json() == [1, 1]
    for newer in ((major, minor, revision + 1), (major, minor + 1, 0), (major + 1, 0, 0)):
        assert server.get("/is/{}/{}/{}".format(*newer)).json() == [0, 1]


def test_orthanc_shows_description_and_pages_of_the_script(server: Orthanc) -> None:
    plugin = server.get("/plugins/python").json()
    assert plugin["Description"] == "Described by the script"
    assert plugin["RootUri"] == "../page"
    explorer = server.get("/plugins/explorer.js").text
    assert "// of the script" in explorer
    assert "// a first script" not in explorer
    if version(server) < (1, 12, 4):
        return  # the functions that name the plugin are newer
    assert server.get("/describe").status_code == 200
    plugin = server.get("/plugins/python").json()
    assert (plugin["Description"], plugin["RootUri"]) == ("Described anew", "../other")
    assert "// for the plugin" in server.get("/plugins/explorer.js").text


def test_http_put_and_delete(server: Orthanc) -> None:
    put, delete, login = server.get(f"/http/{server.url}").json()
    assert put == ["returned", "b\"PUT b'body' \""]
    assert delete == ["returned", None]
    assert login[0] == "returned"
    assert "Basic YWxpY2U6c2VjcmV0" in login[1]


@pytest.mark.chroot
def test_names_of_threads_are_in_the_log(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import answer, route

        def work():
            orthanc.SetCurrentThreadName('MY-THREAD')
            orthanc.LogWarning('with a name')
            orthanc.ClearCurrentThreadName()
            orthanc.LogWarning('without a name')

        @route('/work')
        def on_work(output, uri, **request):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            answer(output, None)
        """,
        debian="sid",
    )
    assert server.get("/work").status_code == 200
    server.wait_for_log(r"MY-THREAD .*with a name")
    line = next(line for line in server.log.splitlines() if "without a name" in line)
    assert "MY-THREAD" not in line

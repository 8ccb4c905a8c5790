# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A child of os.fork() ends where it returns to the plugin: it must not act as a second Orthanc."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, seen, wait_for

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork()")]

# fork() returns None in the child, and in the parent the child's status from `waitpid`.
COMMON = """
import json, os, signal, sys, threading, time
import orthanc
from recorder import answer, record, route


def wait(pid):
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return 'lives on'


def fork(what):
    pid = os.fork()
    if pid == 0:
        return None
    result = wait(pid)
    record(what, result)
    return result
"""

REST = (
    COMMON
    + """
WAYS = {
    'return': lambda: None,
    'exit': lambda: sys.exit(),
    'exit-0': lambda: sys.exit(0),
    'exit-3': lambda: sys.exit(3),
    'exit-text': lambda: sys.exit('the last words'),
    'exception': lambda: 1 // 0,
    'interrupt': lambda: (_ for _ in ()).throw(KeyboardInterrupt),
    'memory': lambda: (_ for _ in ()).throw(MemoryError),
    '_exit': lambda: os._exit(7),
    'answer': lambda: 'answer',
}


@route('/fork/(.*)')
def on_fork(output, uri, groups, **request):
    result = fork(groups[0])
    if result is None:
        print('child of', groups[0], end='')
        if WAYS[groups[0]]() == 'answer':
            output.AnswerBuffer('child', 'text/plain')
        return
    output.AnswerBuffer(str(result), 'text/plain')


@route('/nested')
def on_nested(output, uri, **request):
    inner = orthanc.RestApiGetAfterPlugins('/fork/return')
    output.AnswerBuffer(inner, 'text/plain')


@route('/thread/(.*)')
def on_thread(output, uri, groups, **request):
    results = []

    def work():
        orthanc.LogInfo('a thread that has called Orthanc')
        result = fork('thread')
        if result is None:
            return WAYS[groups[0]]()
        results.append(result)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    output.AnswerBuffer(str(results[0]), 'text/plain')


@route('/pieces')
def on_pieces(output, uri, **request):
    results = []

    def pieces():
        yield b'one'
        result = fork('pieces')
        if result is not None:
            results.append(result)

    url = f"http://127.0.0.1:{json.loads(orthanc.GetConfiguration())['HttpPort']}/upload"
    orthanc.ChunkedHttpClient(orthanc.HttpMethod.POST, url, request=pieces())
    output.AnswerBuffer(str(results), 'text/plain')


@route('/grandchild')
def on_grandchild(output, uri, **request):
    result = fork('child')
    if result is None:
        if fork('grandchild') is None:
            sys.exit(5)
        sys.exit(int(record.__globals__['seen'][-1][1]))
    output.AnswerBuffer(str(result), 'text/plain')


@route('/sdk')
def on_sdk(output, uri, **request):
    result = fork('sdk')
    if result is None:
        orthanc.RestApiGet('/system')
    output.AnswerBuffer(str(result), 'text/plain')


def on_upload(output, uri, body=None, **request):
    body = body.read()
    result = fork('upload')
    if result is not None:
        output.AnswerBuffer(str(result), 'text/plain')


orthanc.RegisterChunkedRestCallback('/upload', on_upload)
"""
)


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(REST, debian=where)


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("return", 0),
        ("exit", 0),
        ("exit-0", 0),
        ("exit-3", 3),
        ("exit-text", 1),
        ("exception", 1),
        ("interrupt", 1),
        ("memory", 1),
        ("_exit", 7),
        ("answer", 1),
    ],
)
def test_a_child_that_leaves_a_rest_callback_ends(server: Orthanc, way: str, code: int) -> None:
    """The client gets the parent's response."""
    answer = server.get(f"/fork/{way}")
    assert (answer.status_code, answer.text) == (200, str(code))


def test_the_child_says_how_it_has_ended(server: Orthanc) -> None:
    server.get("/fork/return")
    server.get("/fork/exception")  # its output ends the line of the first child
    server.wait_for_log("child of return")
    server.wait_for_log(
        r"the child process \d+, forked in the REST callback, has returned from it and ends with "
        r"exit code 0: .*os\._exit\(\)"
    )
    server.wait_for_log("ZeroDivisionError: ")
    server.get("/fork/exit-text")
    server.wait_for_log("the last words")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nested", "0"),
        ("/thread/return", "0"),
        ("/thread/exit-3", "0"),
        ("/thread/exception", "0"),
        ("/grandchild", "5"),
        ("/sdk", "1"),
    ],
)
def test_a_child_ends_wherever_it_was_forked(server: Orthanc, path: str, code: str) -> None:
    answer = server.get(path)
    assert (answer.status_code, answer.text) == (200, code)


def test_a_child_that_is_forked_while_orthanc_calls_the_script_from_the_sdk_ends(
    server: Orthanc,
) -> None:
    assert server.get("/pieces").text == "[0]"


def test_a_child_of_an_upload_ends(server: Orthanc) -> None:
    assert server.post("/upload", data=iter([b"a", b"b"])).text == "0"


EVENTS = (
    COMMON
    + """
def leaves(what, result):
    def callback(*values, **keywords):
        if fork(what) is None:
            return None
        return result
    return callback


class Job(orthanc.BaseJob):
    def run(self):
        if fork('job') is None:
            return
        yield 1


@route('/job')
def on_job(output, uri, **request):
    answer(output, Job().submit())


def on_change(kind, level, resource):
    if kind == orthanc.ChangeType.NEW_PATIENT:
        fork('change')


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(leaves('stored', None))
orthanc.RegisterReceivedInstanceCallback(
    leaves('received', (orthanc.ReceivedInstanceAction.KEEP_AS_IS, None)))
orthanc.RegisterIncomingCStoreInstanceFilter(leaves('c-store', 0))
orthanc.RegisterFindCallback(leaves('find', None))
orthanc.RegisterMoveCallback(leaves('move', None))
filtered = leaves('filter', True)
orthanc.RegisterIncomingHttpRequestFilter(
    lambda uri, **request: filtered() if uri == '/statistics' else True)
"""
)


def test_a_child_ends_after_each_kind_of_callback(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    config = {
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowFind": True,
    }
    server = orthanc(EVENTS, config={**config, "DicomModalities": {"t": ["T", "127.0.0.1", 104]}})
    assert server.get("/statistics").status_code == 200
    assert peers.store(server, dicom_file()) == [0]
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientID = ""
    assert peers.find(server, query) == (0, [])
    assert peers.move(server, query, "T")[0] == 0
    server.get("/job")
    kinds = ["filter", "received", "c-store", "stored", "change", "find", "move", "job"]

    def ends() -> dict[str, Any] | None:
        found = dict(seen(server))
        return found if len(found) == len(kinds) else None

    assert wait_for(ends) == dict.fromkeys(kinds, 0)


IMPORTING = (
    COMMON
    + """
def work():
    pass


imported = fork('import')
if imported is not None:
    record('parent goes on')
"""
)


def test_a_child_that_is_forked_while_the_script_is_imported_ends(orthanc: Servers) -> None:
    server = orthanc(IMPORTING)
    assert seen(server) == [["import", 0], ["parent goes on"]]
    server.wait_for_log("forked in the installation of the Python script")


LONG = (
    COMMON
    + """
@route('/fork')
def on_fork(output, uri, **request):
    pid = os.fork()
    if pid != 0:
        output.AnswerBuffer(str(pid), 'text/plain')
"""
)


def test_nothing_of_a_child_outlives_orthanc(orthanc: Servers) -> None:
    """The next Orthanc can use the ports and the database."""
    server = orthanc(LONG)
    pids = [int(server.get("/fork").text) for _ in range(5)]
    server.stop()
    wait_for(lambda: not any(map(psutil.pid_exists, pids)), "the end of children")
    again = orthanc(LONG, http_port=server.http_port, dicom_port=server.dicom_port)
    assert again.get("/system").status_code == 200

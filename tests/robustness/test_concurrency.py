# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks call Orthanc from many threads, with default options, and never deadlock.

A request without a response fails by its timeout; a server that hangs fails when it is stopped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import dicom
from tests.support.servers import Servers, check_end, wait_for

STORAGE = """
import os
import orthanc
from recorder import route

FOLDER = os.path.dirname(os.path.abspath(__file__))

def create(uuid, kind, content):
    with open(os.path.join(FOLDER, uuid), 'wb') as file:
        file.write(content)

def read(uuid, kind):
    with open(os.path.join(FOLDER, uuid), 'rb') as file:
        return file.read()

def remove(uuid, kind):
    os.remove(os.path.join(FOLDER, uuid))

orthanc.RegisterStorageArea(create, read, remove)

@route('/read/(.*)')
def on_read(output, uri, groups, **request):
    output.AnswerBuffer(orthanc.RestApiGet(f'/instances/{groups[0]}/file'), 'application/dicom')

@route('/remove/(.*)')
def on_remove(output, uri, groups, **request):
    try:
        orthanc.RestApiDelete(f'/instances/{groups[0]}')
    except orthanc.OrthancException:
        pass  # somebody else was faster
    output.AnswerBuffer('removed', 'text/plain')
"""


def together(count: int, function: Callable[[int], Any]) -> list[Any]:
    """The results of simultaneous calls."""
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(function, range(count)))


def file(number: int) -> bytes:
    return dicom.encode(dicom.image(PatientID=f"patient {number % 5}"))


def test_callbacks_from_many_threads(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import route

        total = 0
        lock = threading.Lock()

        @route('/hello')
        def on_hello(output, uri, **request):
            global total
            for _ in range(5):
                orthanc.RestApiGet('/system')
            with lock:  # a lock of the script that is held during a call of Orthanc
                orthanc.RestApiGet('/statistics')
                total += 1
            output.AnswerBuffer('hello', 'text/plain')

        @route('/total')
        def on_total(output, uri, **request):
            output.AnswerBuffer(str(total), 'text/plain')

        orthanc.RegisterIncomingHttpRequestFilter(
            lambda uri, **request: orthanc.RestApiGet('/changes?limit=1') != b'')
        """
    )
    answers = together(200, lambda _: server.get("/hello").text)
    assert set(answers) == {"hello"}
    assert server.get("/total").text == "200"


def test_a_route_that_calls_itself(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import route

        @route('/nested/([0-9]+)')
        def on_nested(output, uri, groups, **request):
            depth = int(groups[0])
            below = orthanc.RestApiGetAfterPlugins(f'/nested/{depth - 1}') if depth else b''
            output.AnswerBuffer(below + b'.', 'text/plain')
        """
    )
    assert together(12, lambda _: len(server.get("/nested/40").text)) == [41] * 12
    # at some depth the stack is exhausted: an error, and no crash
    assert server.get("/nested/100000").status_code >= 400
    assert len(server.get("/nested/3").text) == 4


def test_registration_from_inside_callbacks(orthanc: Servers) -> None:
    """Bug 3 of docs/contributing/upstream-bugs.md: the callback waited for itself."""
    server = orthanc(
        """
        import orthanc
        from recorder import route

        @route('/add/([0-9]+)')
        def on_add(output, uri, groups, **request):
            number = groups[0]

            def on_new(output, uri, **request):
                output.AnswerBuffer(number, 'text/plain')

            orthanc.RegisterRestCallback(f'/new/{number}', on_new)
            output.AnswerBuffer('added', 'text/plain')
        """
    )

    def add(number: int) -> tuple[str, str]:
        return server.get(f"/add/{number}").text, server.get(f"/new/{number}").text

    assert together(20, add) == [("added", str(number)) for number in range(20)]


def test_a_registration_beside_a_long_callback(orthanc: Servers) -> None:
    """The registration waits until that callback returns, but other requests do not."""
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import route

        released = threading.Event()

        @route('/long')
        def on_long(output, uri, **request):
            print('LONG', flush=True)
            output.AnswerBuffer(str(released.wait(60)), 'text/plain')

        @route('/add')
        def on_add(output, uri, **request):
            orthanc.RegisterRestCallback('/new', on_hello)
            output.AnswerBuffer('added', 'text/plain')

        @route('/hello')
        def on_hello(output, uri, **request):
            output.AnswerBuffer('hello', 'text/plain')

        @route('/release')
        def on_release(output, uri, **request):
            released.set()
            output.AnswerBuffer('released', 'text/plain')
        """
    )
    with ThreadPoolExecutor(1) as thread:
        long = thread.submit(server.get, "/long", timeout=90)
        server.wait_for_log("LONG")
        assert server.get("/add", timeout=90).text == "added"
        for _ in range(10):
            assert server.get("/hello", timeout=90).text == "hello"
        assert server.get("/release", timeout=90).text == "released"
        assert long.result().text == "True"  # the route existed until then
    wait_for(lambda: server.get("/new").text == "hello", "the new route")


@pytest.mark.parametrize("debian", [None, pytest.param("sid", marks=pytest.mark.chroot)])
def test_deletes_from_several_sides(orthanc: Servers, debian: str | None) -> None:
    """Bug 4 of docs/contributing/upstream-bugs.md: the callback waits for the storage area."""
    server = orthanc(STORAGE, debian=debian)

    def work(number: int) -> list[int]:
        upload = server.post("/instances", data=file(number))
        identifier = upload.json()["ID"]
        statuses = [
            upload.status_code,
            server.get(f"/read/{identifier}").status_code,
            server.get(f"/remove/{identifier}").status_code,
        ]
        server.delete(f"/instances/{identifier}")
        return statuses

    assert together(60, work) == [[200, 200, 200]] * 60
    assert server.get("/instances").json() == []


def test_deletes_of_whole_patients(orthanc: Servers) -> None:
    server = orthanc(STORAGE)
    together(40, lambda number: server.post("/instances", data=file(number)).raise_for_status())

    def remove(number: int) -> None:
        for patient in server.get("/patients").json():
            server.delete(f"/patients/{patient}")
        server.post("/instances", data=file(number))

    together(20, remove)
    for patient in server.get("/patients").json():
        assert server.delete(f"/patients/{patient}").status_code == 200
    assert server.get("/statistics").json()["CountInstances"] == 0


def test_a_callback_sends_http_to_its_own_orthanc(orthanc: Servers) -> None:
    """Bug 4 of docs/contributing/upstream-bugs.md: the request stalled until the client gave up."""
    server = orthanc(
        """
        import json
        import orthanc
        from recorder import route

        PORT = json.loads(orthanc.GetConfiguration())['HttpPort']
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)

        @route('/inner')
        def on_inner(output, uri, **request):
            output.AnswerBuffer('inner', 'text/plain')

        @route('/outer')
        def on_outer(output, uri, **request):
            output.AnswerBuffer(
                orthanc.HttpGet(f'http://127.0.0.1:{PORT}/inner', None, None), 'text/plain')
        """,
        config={"HttpThreadsCount": 20},
    )
    assert together(8, lambda _: server.get("/outer").text) == ["inner"] * 8


def test_other_callbacks_run_during_a_long_call(orthanc: Servers) -> None:
    """Bug 4 of docs/contributing/upstream-bugs.md: a call of the SDK stopped all Python threads."""
    server = orthanc(
        """
        import json
        import threading
        import orthanc
        from recorder import route

        PORT = json.loads(orthanc.GetConfiguration())['HttpPort']
        released = threading.Event()

        @route('/wait')
        def on_wait(output, uri, **request):
            output.AnswerBuffer(str(released.wait(50)), 'text/plain')

        @route('/long')
        def on_long(output, uri, **request):
            output.AnswerBuffer(
                orthanc.HttpGet(f'http://127.0.0.1:{PORT}/wait', None, None), 'text/plain')

        @route('/release')
        def on_release(output, uri, **request):
            released.set()
            output.AnswerBuffer('', 'text/plain')
        """
    )
    with ThreadPoolExecutor(1) as thread:
        long = thread.submit(server.get, "/long")
        assert server.get("/release").status_code == 200
        assert long.result().text == "True"


def test_events_during_the_stop(orthanc: Servers) -> None:
    """Bug 1 of docs/contributing/upstream-bugs.md: a double free."""
    server = orthanc(
        """
        import orthanc

        def on_change(change, level, resource):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                print('STOPPED', flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    with ThreadPoolExecutor(4) as threads:

        def upload(number: int) -> None:
            with contextlib.suppress(OSError):  # Orthanc has gone
                server.post("/instances", data=file(number))

        uploads = [threads.submit(upload, number) for number in range(100)]
        uploads[10].result()
        server.stop()
        check_end(server)
    assert "STOPPED" in server.log


def test_callables_that_only_orthanc_holds(orthanc: Servers) -> None:
    """They are released at the end, while the GIL is held."""
    server = orthanc(
        """
        import functools
        import orthanc

        class Route:
            def __call__(self, output, uri, **request):
                output.AnswerBuffer('instance', 'text/plain')

            def method(self, output, uri, **request):
                output.AnswerBuffer('method', 'text/plain')

            def __del__(self):
                print('DELETED', flush=True)

        orthanc.RegisterRestCallback('/instance', Route())
        orthanc.RegisterRestCallback('/method', Route().method)
        orthanc.RegisterRestCallback(
            '/lambda', lambda output, uri, **request: output.AnswerBuffer('lambda', 'text/plain'))
        orthanc.RegisterOnChangeCallback(lambda change, level, identifier: None)
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)
        """
    )
    for name in "instance", "method", "lambda":
        assert server.get(f"/{name}").text == name
    server.stop()
    check_end(server)
    assert server.log.count("DELETED") == 2


def test_expired_objects_and_wrong_indices_raise(orthanc: Servers) -> None:
    """Bugs 8 and 9 of docs/contributing/upstream-bugs.md."""
    server = orthanc(
        """
        import orthanc
        from recorder import answer, outcome, route

        kept = []

        @route('/keep')
        def on_keep(output, uri, **request):
            kept.append(output)
            output.AnswerBuffer('', 'text/plain')

        @route('/use')
        def on_use(output, uri, **request):
            answer(output, [
                outcome(kept[0].AnswerBuffer, 'x', 'text/plain')[0],
                outcome(orthanc.CompressPngImage,
                        orthanc.PixelFormat.GRAYSCALE8, 200000, 5000, 200000, b'x')[0],
                outcome(orthanc.Image, 12345, 1)[0],
            ])
        """
    )
    server.get("/keep")
    expected = ["ValueError", "ValueError", "TypeError"]
    # the response of /keep may arrive before its callback has returned
    wait_for(lambda: server.get("/use").json() == expected, "the end of the callback")

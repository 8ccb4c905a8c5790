# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks and threads of the script that run at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.servers import Servers, check_end, seen, wait_for


def test_thread_locals_are_kept_between_callbacks(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        from recorder import answer, route

        local = threading.local()

        @route('/count')
        def count(output, uri, **request):
            local.count = getattr(local, 'count', 0) + 1
            answer(output, [threading.get_ident(), local.count, threading.current_thread().name])
        """,
        config={"HttpThreadsCount": 2, "KeepAlive": False},
    )
    counts: dict[int, list[int]] = {}
    names: dict[int, set[str]] = {}
    for _ in range(20):
        thread, count, name = server.get("/count").json()
        counts.setdefault(thread, []).append(count)
        names.setdefault(thread, set()).add(name)
    assert sum(len(rows) for rows in counts.values()) == 20
    for rows in counts.values():
        assert rows == list(range(1, len(rows) + 1))
    assert all(len(each) == 1 for each in names.values())


def test_callbacks_run_side_by_side(orthanc: Servers) -> None:
    """Two callbacks that wait for each other return only if neither blocks the other."""
    server = orthanc(
        """
        import threading
        from recorder import route

        barrier = threading.Barrier(2)

        @route('/meet')
        def meet(output, uri, **request):
            barrier.wait(50)
            output.AnswerBuffer('met', 'text/plain')
        """
    )
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: server.get("/meet").text, range(2)))
    assert answers == ["met", "met"]


def test_the_gil_is_released_during_sdk_calls(orthanc: Servers) -> None:
    """One callback waits in an SDK call until another callback has run."""
    server = orthanc(
        """
        import json
        import threading
        import orthanc
        from recorder import route

        port = json.loads(orthanc.GetConfiguration())['HttpPort']

        @route('/outer')
        def outer(output, uri, **request):
            output.AnswerBuffer(
                orthanc.HttpGet(f'http://127.0.0.1:{port}/inner', '', ''), 'text/plain')

        @route('/inner')
        def inner(output, uri, **request):
            output.AnswerBuffer('inner', 'text/plain')
        """
    )
    assert server.get("/outer").text == "inner"


def test_threads_of_the_script_run_and_use_the_sdk(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import record

        started = threading.Event()

        def work():
            started.wait()
            record('system', 'ORTHANC' in orthanc.RestApiGet('/system').decode())

        threading.Thread(target=work, daemon=True).start()

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STARTED:
                started.set()

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    wait_for(lambda: seen(server) == [["system", True]], "the thread")


def test_a_thread_that_never_ends_does_not_block_the_stop(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        threading.Thread(target=threading.Event().wait, name='the endless one').start()
        """,
        config={"Python": {"StopTimeout": 1}},
    )
    server.stop()
    check_end(server)


def test_forty_callbacks_deep(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import route

        @route('/deep/(.+)')
        def deep(output, uri, **request):
            left = int(request['groups'][0])
            inner = orthanc.RestApiGetAfterPlugins(f'/deep/{left - 1}') if left else b''
            output.AnswerBuffer(inner + b'.', 'text/plain')
        """
    )
    assert server.get("/deep/40").text == "." * 41


def test_all_kinds_of_callbacks_at_once(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    """Uploads, routes and events together, while the script's own thread works."""
    server = orthanc(
        """
        import json
        import threading
        import orthanc
        from recorder import answer, route

        counts = {'stored': 0, 'changes': 0, 'filter': 0, 'worker': 0}
        lock = threading.Lock()
        stop = threading.Event()

        def count(name):
            with lock:
                counts[name] += 1

        def on_stored(instance, identifier):
            json.loads(orthanc.RestApiGet(f'/instances/{identifier}/simplified-tags'))
            count('stored')

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                stop.set()
                worker.join()
            count('changes')

        def allow(uri, **request):
            count('filter')
            return True

        def work():
            while not stop.wait(0.001):
                orthanc.ComputeMd5(b'x' * 1000)
                count('worker')

        worker = threading.Thread(target=work)
        worker.start()
        orthanc.RegisterOnStoredInstanceCallback(on_stored)
        orthanc.RegisterOnChangeCallback(on_change)
        orthanc.RegisterIncomingHttpRequestFilter(allow)

        @route('/counts')
        def on_counts(output, uri, **request):
            answer(output, counts)
        """
    )
    files = [dicom_file(f"P{number}").read_bytes() for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        uploads = pool.map(lambda data: server.post("/instances", data=data).status_code, files)
        routes = pool.map(lambda _: server.get("/counts").status_code, range(100))
        assert set(uploads) | set(routes) == {200}
    counts = server.get("/counts").json()
    assert counts["stored"] == 40
    assert counts["filter"] >= 141
    wait_for(lambda: server.get("/counts").json()["worker"] > 0, "the thread of the script")
    wait_for(lambda: server.get("/counts").json()["changes"] > 160, "the events")

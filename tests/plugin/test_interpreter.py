# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The interpreter as a script sees it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers import Servers, check_end, seen, wait_for


def test_the_interpreter_is_the_configured_one(orthanc: Servers) -> None:
    server = orthanc(
        """
        import os
        import sys
        import threading
        import __main__
        from recorder import record

        record({
            'executable': sys.executable,
            'argv': sys.argv,
            'environment': sys.flags.ignore_environment,
            'main': threading.current_thread() is threading.main_thread(),
            'encoding': sys.getfilesystemencoding(),
            'module': type(sys.modules['orthanc']).__name__,
            'stdout': sys.stdout.encoding,
        })
        """
    )
    facts = seen(server)[0][0]
    assert Path(facts["executable"]).name.startswith(
        "python"
    )  # bug 42 of docs/upstream-bugs.md: it was Orthanc
    assert isinstance(facts["argv"], list)
    assert facts["environment"] == 0
    assert facts["main"] is True
    assert facts["encoding"] == "utf-8"
    assert facts["module"] == "module"
    assert facts["stdout"].lower() == "utf-8"


@pytest.mark.parametrize("where", [None, pytest.param("sid", marks=pytest.mark.suites)])
@pytest.mark.parametrize(
    ("locale", "mode", "used"), [("C", 1, "C"), ("C.UTF-8", 0, "C.UTF-8"), ("none", 1, "C")]
)
def test_text_is_utf8_with_and_without_a_locale(
    orthanc: Servers, where: str | None, locale: str, mode: int, used: str
) -> None:
    """An embedded Python would encode in ASCII without one, and ignore one from 3.14 on."""
    server = orthanc(
        """
        import locale
        import sys
        from recorder import record

        print('printed: \\u00e9')
        record(sys.flags.utf8_mode, locale.setlocale(locale.LC_CTYPE), sys.stdout.encoding)
        """,
        suite=where,
        env={"LC_ALL": locale},
    )
    assert seen(server)[0] == [mode, used, "utf-8"]
    assert "printed: \u00e9" in server.log


def test_subprocesses_and_multiprocessing(orthanc: Servers) -> None:
    server = orthanc(
        """
        import multiprocessing
        import subprocess
        import sys
        from recorder import answer, record, route

        text = subprocess.run([sys.executable, '-c', 'print(6 * 7)'], stdout=subprocess.PIPE)
        record('subprocess', text.stdout.decode().strip())

        @route('/spawn')
        def spawn(output, uri, **request):
            import worker
            context = multiprocessing.get_context('spawn')
            with context.Pool(2) as pool:
                answer(output, pool.map(worker.square, [1, 2, 3]))
        """,
        files={"worker.py": "def square(x):\n    return x * x\n"},
    )
    assert ["subprocess", "42"] in seen(server)
    assert server.get("/spawn").json() == [1, 4, 9]


def test_print_reaches_standard_output(orthanc: Servers) -> None:
    server = orthanc(
        """
        import sys
        from recorder import route

        print('from the script: Grüße')
        print('to stderr', file=sys.stderr)

        @route('/print')
        def on_print(output, uri, **request):
            print('from a callback')
            output.AnswerBuffer('', 'text/plain')
        """
    )
    server.wait_for_log("from the script: Grüße")
    server.wait_for_log("to stderr")
    server.get("/print")
    server.wait_for_log("from a callback")


@pytest.mark.here
def test_environment_variables_are_honoured(orthanc: Servers, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "faraway.py").write_text("VALUE = 7\n", encoding="utf-8")
    server = orthanc(
        """
        import faraway
        from recorder import record
        record(faraway.VALUE)
        """,
        env={"PYTHONPATH": str(tmp_path / "elsewhere")},
    )
    assert seen(server) == [[7]]


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


def test_functions_of_atexit_run(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit
        atexit.register(print, 'at the end')
        """
    )
    server.stop()
    check_end(server)
    assert "at the end" in server.log


def test_a_nested_body_raises_instead_of_crashing(orthanc: Servers) -> None:
    """HTTP threads of Orthanc have small stacks."""
    server = orthanc(
        """
        import json
        import sys
        from recorder import answer, route

        def depth(value):
            return 1 + depth(value[0]) if value else 0

        @route('/parse')
        def parse(output, uri, **request):
            try:
                answer(output, ['parsed', depth(json.loads(request['body']))])
            except RecursionError:
                answer(output, ['RecursionError'])

        @route('/recurse')
        def recurse(output, uri, **request):
            def forever():
                return forever()
            try:
                forever()
            except RecursionError:
                answer(output, 'RecursionError')

        @route('/import')
        def late_import(output, uri, **request):
            import xml.dom.minidom
            import asyncio
            import sqlite3
            answer(output, xml.dom.minidom.__name__)
        """
    )
    for depth in (100, 900, 100_000):
        body = b"[" * depth + b"]" * depth
        answer = server.post("/parse", data=body).json()
        assert answer[0] in ("parsed", "RecursionError")
    assert server.post("/parse", data=b"[[[]]]").json() == ["parsed", 2]
    assert server.get("/recurse").json() == "RecursionError"
    assert server.get("/import").json() == "xml.dom.minidom"


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


def test_exceptions_are_not_kept(orthanc: Servers) -> None:
    server = orthanc(
        """
        import gc
        import weakref
        from recorder import answer, route

        class Large:
            pass

        references = []

        @route('/fail')
        def fail(output, uri, **request):
            local = Large()
            references.append(weakref.ref(local))
            raise ValueError('with a local')

        @route('/alive')
        def alive(output, uri, **request):
            gc.collect()
            answer(output, sum(reference() is not None for reference in references))
        """
    )
    for _ in range(5):
        assert server.get("/fail").status_code == 500
    assert server.get("/alive").json() == 0


def test_signals_are_left_to_orthanc(orthanc: Servers) -> None:
    server = orthanc("import signal")
    os.kill(server.pid, signal.SIGINT)
    wait_for(lambda: server.exit_code is not None, "the end")
    check_end(server)
    assert "KeyboardInterrupt" not in server.log


def test_c_extensions_of_the_standard_library(orthanc: Servers) -> None:
    server = orthanc(
        """
        import ctypes
        import hashlib
        import socket
        import sqlite3
        import ssl
        import zlib
        from recorder import record
        row = sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()
        record(ssl.OPENSSL_VERSION[:7], row)
        """
    )
    assert seen(server) == [["OpenSSL", [42]]]


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
    assert counts["worker"] > 0
    wait_for(lambda: server.get("/counts").json()["changes"] > 160, "the events")

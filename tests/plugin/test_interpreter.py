# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The interpreter as a script sees it."""

from __future__ import annotations

import os
import signal
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
    )  # bug 42 of docs/contributing/upstream-bugs.md: it was Orthanc
    assert isinstance(facts["argv"], list)
    assert facts["environment"] == 0
    assert facts["main"] is True
    assert facts["encoding"] == "utf-8"
    assert facts["module"] == "module"
    assert facts["stdout"].lower() == "utf-8"


@pytest.mark.parametrize("where", [None, pytest.param("sid", marks=pytest.mark.chroot)])
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
        debian=where,
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


@pytest.mark.this_machine
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

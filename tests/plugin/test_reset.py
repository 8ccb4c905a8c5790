# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""POST /tools/reset: Orthanc finalizes the plugin and initializes it again in the same process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.servers import Servers, ask_to_reset, check_end, reset, seen, wait_for

SCRIPT = """
import itertools
import json
import sys
import orthanc
import helper
from recorder import answer, outcome, record, route

helper.COUNT += 1
record('imported', helper.COUNT, len(orthanc.GetConfiguration()) > 0)


def on_change(change, level, identifier):
    record('change', change)


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)
orthanc.RegisterReceivedInstanceCallback(
    lambda dicom, origin: (orthanc.ReceivedInstanceAction.KEEP_AS_IS, None))


@route('/hello')
def hello(output, uri, **request):
    output.AnswerBuffer('hello', 'text/plain')


# Outlives the script on purpose: modules of the standard library stay.
kept = itertools.__dict__.setdefault('kept_by_test', [])
kept.append((orthanc, orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 1, 1)))


@route('/kept')
def on_kept(output, uri, **request):
    old, image = kept[0]
    answer(output, [
        outcome(image.GetImageWidth)[0],
        outcome(old.RegisterRestCallback, '/late', hello)[0],
        old is orthanc,
    ])
"""


def test_the_script_is_imported_again(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT, files={"helper.py": "COUNT = 0\n"})
    pid = server.pid
    for _ in range(3):
        reset(server)
        assert server.get("/hello").text == "hello"
        rows = seen(server)
        assert rows[0] == ["imported", 1, True]  # the state of its modules is gone too
        wait_for(lambda: ["change", 10] in seen(server), "ORTHANC_STARTED")
        upload = server.post("/instances", data=dicom_file().read_bytes())
        assert upload.json()["Status"] == "Success"
    assert server.pid == pid
    assert server.exit_code is None
    server.stop()
    check_end(server)


def test_objects_of_before_are_refused(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, files={"helper.py": "COUNT = 0\n"})
    reset(server)
    image, registration, same = server.get("/kept").json()
    assert same is False
    assert image in ("ValueError", "RuntimeError", "OrthancException")
    assert registration in ("ValueError", "RuntimeError", "OrthancException")
    assert server.get("/late").status_code == 404


def test_c_extensions_survive(orthanc: Servers) -> None:
    """Extensions that cannot be initialized twice in a process (decimal, sqlite3, ssl)."""
    server = orthanc(
        """
        import datetime
        import decimal
        import sqlite3
        import ssl
        from recorder import record
        record(str(decimal.Decimal('1.1') + 1), ssl.OPENSSL_VERSION[:7])
        """
    )
    for _ in range(2):
        reset(server)
        assert seen(server) == [["2.1", "OpenSSL"]]


def test_a_thread_of_before_gets_an_error(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import orthanc

        def work():
            try:
                while True:
                    orthanc.RestApiGet('/system')
            except Exception as error:
                print('REFUSED', type(error).__name__, error, flush=True)

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STARTED:
                threading.Thread(target=work, daemon=True).start()

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    reset(server)
    server.wait_for_log("REFUSED")
    assert server.get("/system").status_code == 200


@pytest.mark.this_machine
def test_a_script_that_fails_after_the_reset(orthanc: Servers) -> None:
    server = orthanc("print('first', flush=True)")
    path = server.config["PythonScript"]
    assert isinstance(path, str)
    Path(path).write_text("raise ValueError('second')\n", encoding="utf-8")
    ask_to_reset(server)
    server.wait_for_log("ValueError: second", 60)
    wait_for(lambda: server.exit_code is not None, "the end")
    assert server.exit_code == 255
    orthanc.forget(server)


@pytest.mark.parametrize("output", ["stdout", "both"])
def test_a_script_that_has_closed_its_output_is_imported_again(
    orthanc: Servers, output: str
) -> None:
    server = orthanc(
        """
        import sys
        import orthanc

        @orthanc.route('/close', ['POST'])
        def close(request):
            sys.stdout.close()
            sys.stderr.close()

        orthanc.LogWarning('IMPORTED')
        print('PRINTED')
        """,
        config={"Python": {"Output": output}},
    )
    assert server.post("/close").status_code == 204
    reset(server)
    assert server.log.count("IMPORTED") == 2  # print() has raised no exception

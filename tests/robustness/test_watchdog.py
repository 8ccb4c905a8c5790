# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The option Python.Watchdog."""

from __future__ import annotations

from tests.support.servers import Servers

from .support import request_in_background

SCRIPT = """
import threading
import orthanc

released = threading.Event()

def wait_long():
    released.wait(60)

def on_slow(output, uri, **request):
    wait_long()
    output.AnswerBuffer('slow', 'text/plain')

def on_release(output, uri, **request):
    released.set()
    output.AnswerBuffer('released', 'text/plain')

orthanc.RegisterRestCallback('/slow', on_slow)
orthanc.RegisterRestCallback('/release', on_release)
"""


def test_a_slow_callback_is_named_once(orthanc: Servers) -> None:
    # it reports a callback once: the callback must wait by then, also on a slow machine
    server = orthanc(SCRIPT, config={"Python": {"Watchdog": 4}})
    client = request_in_background(server, "/slow")
    server.wait_for_log(r"Watchdog: the REST callback has been busy for [0-9.]+ s:")
    server.wait_for_log("in wait_long")
    assert server.get("/release").text == "released"
    client.join()
    assert server.log.count("in wait_long") == 1


def test_the_watchdog_is_off_by_default(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    client = request_in_background(server, "/slow")
    assert server.get("/release").text == "released"
    client.join()
    assert "Watchdog" not in server.log


def test_a_callback_that_holds_the_gil_is_named(orthanc: Servers) -> None:
    """C code that never releases the GIL: the log names the callback, at the latest at its end."""
    server = orthanc(
        """
        import re
        import orthanc

        def on_slow(output, uri, **request):
            # the time doubles with each letter
            re.match('(a|a)*b', 'a' * 25)
            output.AnswerBuffer('slow', 'text/plain')

        orthanc.RegisterRestCallback('/slow', on_slow)
        """,
        config={"Python": {"Watchdog": 0.05}},
    )
    assert server.get("/slow").text == "slow"
    server.wait_for_log("Watchdog: the REST callback has been busy")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orthanc stops within a bounded time during each activity of a script, and logs the rest."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.support.processes import alive
from tests.support.servers import Servers, check_end, wait_for
from tests.support.signals import STOPPING, inherited

from .support import Starting, request_in_background

SHORT = {"Python": {"StopTimeout": 1}}


def test_an_endless_callback_is_interrupted(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def endless_work():
            print('WORKING', flush=True)
            while True:
                sum(range(1000))

        def on_rest(output, uri, **request):
            try:
                endless_work()
            finally:
                print('FINALLY', flush=True)

        orthanc.RegisterRestCallback('/endless', on_rest)
        """,
        config=SHORT,
    )
    client = request_in_background(server, "/endless")
    server.wait_for_log("WORKING")
    server.stop()
    client.join()
    check_end(server)
    assert "Orthanc is stopping, but the REST callback does not return" in server.log
    assert "in endless_work" in server.log
    assert "FINALLY" in server.log
    assert re.search("OrthancStopping: Orthanc is stopping", server.log)


def test_a_callback_that_catches_everything_is_left_behind(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def on_rest(output, uri, **request):
            print('WORKING', flush=True)
            while True:
                try:
                    while True:
                        sum(range(1000))
                except BaseException:
                    print('CAUGHT', flush=True)

        orthanc.RegisterRestCallback('/endless', on_rest)
        """,
        config=SHORT,
    )
    client = request_in_background(server, "/endless")
    server.wait_for_log("WORKING")
    code = server.stop()
    client.join()
    orthanc.forget(server)
    assert code == 1  # not the code of a signal
    assert "CAUGHT" in server.log
    assert "Orthanc did not stop within 6 s: ending the process" in server.log


def test_a_callback_that_waits_inside_c_is_left_behind(orthanc: Servers) -> None:
    server = orthanc(
        """
        import time
        import orthanc

        def on_rest(output, uri, **request):
            print('WAITING', flush=True)
            time.sleep(1000000)

        orthanc.RegisterRestCallback('/endless', on_rest)
        """,
        config=SHORT,
    )
    client = request_in_background(server, "/endless")
    server.wait_for_log("WAITING")
    code = server.stop()
    client.join()
    orthanc.forget(server)
    assert code == 1
    assert "time.sleep(1000000)" in server.log


@pytest.mark.parametrize("waiting", ["time.sleep(1000000)", "while True: pass"])
def test_a_hanging_change_callback(orthanc: Servers, waiting: str) -> None:
    server = orthanc(
        f"""
        import time
        import orthanc

        def on_change(change, level, resource):
            if change == orthanc.ChangeType.ORTHANC_STARTED:
                print('HANGING', flush=True)
                {waiting}

        orthanc.RegisterOnChangeCallback(on_change)
        """,
        config=SHORT,
    )
    server.wait_for_log("HANGING")
    server.stop()
    check_end(server)
    assert "The Python on-change callback does not return: the stop continues" in server.log
    assert "in on_change" in server.log


def test_endless_threads_are_named(orthanc: Servers) -> None:
    server = orthanc(
        """
        import threading
        import time

        stopping = threading.Event()
        threading._register_atexit(stopping.set)

        def spin():
            while True:
                pass

        def wait():
            time.sleep(1000000)

        def finish():
            stopping.wait()
            print('FINISHED', flush=True)

        for function in spin, wait, finish:
            threading.Thread(target=function, name='the ' + function.__name__).start()
        threading.Thread(target=spin, daemon=True).start()
        """,
        config={"Python": {"StopTimeout": 8}},  # "finish" competes with two threads that compute
    )
    server.stop()
    check_end(server)
    for name in "spin", "wait":
        text = f'The Python thread "the {name}" does not end: Orthanc does not wait for it'
        assert text in server.log
        assert f"in {name}" in server.log
    assert "FINISHED" in server.log
    assert '"the finish" does not end' not in server.log


def test_a_hanging_exit_function(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit

        def on_exit():
            while True:
                pass

        def last():
            print('LAST', flush=True)

        atexit.register(last)
        atexit.register(on_exit)
        """,
        config=SHORT,
    )
    server.stop()
    check_end(server)
    assert "in on_exit" in server.log
    assert "LAST" in server.log


IMPORT = """
import multiprocessing
import time

def work():
    time.sleep(1000000)

child = multiprocessing.get_context('fork').Process(target=work, daemon=True)
child.start()
try:
    print(f'IMPORTING {child.pid}', flush=True)
    time.sleep(1000000)
finally:
    print('FINALLY', flush=True)
"""


@pytest.mark.parametrize(
    ("number", "ignored"), [(signal.SIGTERM, ()), (signal.SIGINT, ()), (signal.SIGTERM, STOPPING)]
)
def test_an_import_is_interrupted(
    tmp_path: Path,
    plugin: Path,
    orthanc_executable: Path,
    number: signal.Signals,
    ignored: tuple[signal.Signals, ...],
) -> None:
    """Orthanc does not handle signals yet at that time."""
    with inherited(ignored=ignored):
        starting = Starting(
            tmp_path,
            IMPORT,
            plugin=plugin,
            orthanc=orthanc_executable,
        )
    child = int(starting.wait_for_log(r"IMPORTING (\d+)")[1])
    starting.send(number)
    assert starting.end() == 255  # as for any script that fails
    assert "FINALLY" in starting.log
    assert f"interrupted by {number.name}" in starting.log
    wait_for(lambda: not alive(child), "the end of the child")


def test_a_signal_between_import_and_start_is_not_lost(
    tmp_path: Path, plugin: Path, orthanc_executable: Path
) -> None:
    """The plugin stores the signal until Orthanc handles signals."""
    sent, lua = tmp_path / "sent", tmp_path / "wait.lua"
    # Orthanc runs it between the import and its start
    lua.write_text(f'repeat local file = io.open("{sent}") until file', encoding="utf-8")
    starting = Starting(
        tmp_path,
        f"""
        import atexit
        import os
        import re
        import signal
        import threading

        def caught():
            with open('/proc/self/status') as status:
                caught = int(re.search(r'SigCgt:\\s*(\\w+)', status.read())[1], 16)
            return caught & 1 << (signal.SIGTERM - 1)

        def send():
            while signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL or not caught():
                pass  # the script is still being imported
            print('SENDING', flush=True)
            os.kill(os.getpid(), signal.SIGTERM)
            open({str(sent)!r}, 'w').close()

        atexit.register(print, 'EXIT', flush=True)
        threading.Thread(target=send).start()
        """,
        plugin=plugin,
        orthanc=orthanc_executable,
        config={"LuaScripts": [str(lua)]},
    )
    assert starting.end() == 0
    assert starting.log.index("SENDING") < starting.log.index("Orthanc has started")
    assert "EXIT" in starting.log


def test_a_signal_beside_a_reset_is_not_lost(orthanc: Servers, plugin: Path) -> None:
    """Orthanc handles only the reset; the plugin sends the signal again after it."""
    server = orthanc(
        """
        import ctypes
        import os
        import signal

        import orthanc
        from recorder import answer, route

        libc = ctypes.CDLL(None)

        @route('/handler')
        def handler(output, uri, **request):
            action = (ctypes.c_void_p * 20)()  # struct sigaction begins with the handler
            libc.sigaction(signal.SIGTERM, None, action)
            library = (ctypes.c_char_p * 4)()  # so does Dl_info with the name of the file
            libc.dladdr(ctypes.c_void_p(action[0]), library)
            answer(output, os.path.basename(library[0]).decode())

        @route('/end')
        def end(output, uri, **request):
            os.kill(os.getpid(), signal.SIGTERM)
            orthanc.RestApiPost('/tools/reset', '')
            answer(output, '')
        """
    )
    wait_for(lambda: server.get("/handler").json() == plugin.name, "the plugin's handler")
    client = request_in_background(server, "/end")
    assert server.wait(60) == 0
    client.join()
    check_end(server)

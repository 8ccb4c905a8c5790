# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python.StopTimeout limits the whole shutdown; Orthanc names and ends code that takes longer."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.processes import alive
from tests.support.servers import Servers, ask_to_reset, check_end, reset, wait_for

from .support import request_in_background

SHORT = {"Python": {"StopTimeout": 1}}
ENDED = r"Orthanc did not stop within 6 s: ending the process\. Still running: (.*)"


def end_with_code_1(orthanc: Servers, server: Orthanc) -> str:
    """The code that was still running, from the last line of the log."""
    assert server.wait(60) == 1
    orthanc.forget(server)
    culprits = re.search(ENDED, server.log)
    assert culprits is not None, server.log
    return culprits[1]


def ask_to_stop(server: Orthanc) -> None:
    os.kill(server.pid, signal.SIGTERM)


def test_the_log_names_running_callbacks_and_threads(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    server = orthanc(
        """
        import socket
        import threading
        import orthanc

        listening = socket.create_server(('127.0.0.1', 0))
        released = threading.Event()

        def wait_for_the_test():
            print(f'PORT {listening.getsockname()[1]}', flush=True)
            listening.accept()
            released.set()

        def wait_in_a_callback():
            print('WORKING', flush=True)
            released.wait()

        def wait_in_a_thread():
            released.wait()

        def on_change(change, level, resource):
            if change == orthanc.ChangeType.NEW_INSTANCE:
                print('HANGING', flush=True)
                released.wait()

        orthanc.RegisterRestCallback('/wait', lambda output, uri, **request: wait_in_a_callback())
        orthanc.RegisterOnChangeCallback(on_change)
        threading.Thread(target=wait_in_a_thread, name='the waiter').start()
        threading.Thread(target=wait_for_the_test, daemon=True).start()
        """
    )
    client = request_in_background(server, "/wait")
    server.wait_for_log("WORKING")
    server.post("/instances", data=dicom_file("A").read_bytes())
    server.wait_for_log("HANGING")
    server.post("/instances", data=dicom_file("B").read_bytes())
    ask_to_stop(server)
    server.wait_for_log("The Python script has 30 s to stop")
    server.wait_for_log(r"has been stopping for \S+ s\. .*the REST callback.* wait: [1-9]")
    for stack in "in wait_in_a_callback", "in on_change", "in wait_in_a_thread":
        server.wait_for_log(stack)
    server.wait_for_log('The Python thread "the waiter" still runs')
    port = int(server.wait_for_log(r"PORT (\d+)")[1])
    socket.create_connection(("127.0.0.1", port)).close()
    client.join()
    assert server.wait(60) == 0
    check_end(server)


def test_events_that_take_too_long_are_dropped_and_counted(
    orthanc: Servers, dicom_file: Callable[..., Path], tmp_path: Path
) -> None:
    stopping = tmp_path / "stopping"
    server = orthanc(
        f"""
        import os
        import time
        import orthanc

        events = 0

        def on_change(change, level, resource):
            global events
            events += 1
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                print(f'DELIVERED {{events}}', flush=True)
            elif change != orthanc.ChangeType.ORTHANC_STARTED:
                while not os.path.exists({str(stopping)!r}):
                    time.sleep(0.01)
                time.sleep(1)

        orthanc.RegisterOnChangeCallback(on_change)
        """,
        config={"Python": {"StopTimeout": 10}},  # half of it for the events
    )
    for number in range(5):
        server.post("/instances", data=dicom_file(f"P{number}").read_bytes())
    ask_to_stop(server)
    server.wait_for_log("The Python script has 10 s to stop")
    stopping.touch()
    assert server.wait(60) == 0
    check_end(server)
    dropped = re.search(r"Dropped change events: (\d+)", server.log)
    delivered = re.search(r"DELIVERED (\d+)", server.log)  # the last event is delivered
    assert dropped is not None
    assert delivered is not None
    # Time for five events; Orthanc sends at least four for each patient, the last ones maybe late
    assert int(dropped[1]) >= 5
    assert 3 <= int(delivered[1]) <= 10


def test_all_that_hangs_has_one_timeout(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    """Separate timeouts of these, one after the other, would add up."""
    server = orthanc(
        """
        import atexit
        import threading
        import time
        import orthanc

        def hang(*arguments, **keywords):
            while True:
                try:
                    print('HANGING', arguments, flush=True)
                    time.sleep(1000000)
                except BaseException:
                    pass

        orthanc.RegisterRestCallback('/hang', hang)
        orthanc.RegisterOnChangeCallback(hang)
        orthanc.RegisterOnStoredInstanceCallback(hang)
        threading.Thread(target=hang).start()
        threading._register_atexit(hang)
        atexit.register(hang)
        """,
        config=SHORT,
    )
    clients = [request_in_background(server, "/hang") for _ in range(3)]
    wait_for(lambda: server.log.count("HANGING") >= 5, "the callbacks, the event and the thread")
    ask_to_stop(server)
    assert "the REST callback" in end_with_code_1(orthanc, server)
    for client in clients:
        client.join()


@pytest.mark.parametrize("place", ["callback", "thread"])
def test_a_thread_that_never_releases_the_gil_does_not_delay_the_stop(
    orthanc: Servers, place: str
) -> None:
    server = orthanc(
        """
        import ctypes
        import threading
        import orthanc
        from recorder import route

        def hold(*arguments, **keywords):
            print('HOLDING', flush=True)
            ctypes.PyDLL(None).sleep(1000000)

        @route('/callback')
        def callback(output, uri, **request):
            hold()

        @route('/thread')
        def thread(output, uri, **request):
            threading.Thread(target=hold, daemon=True).start()
        """,
        config=SHORT,
    )
    client = request_in_background(server, f"/{place}")
    server.wait_for_log("HOLDING")
    ask_to_stop(server)
    assert end_with_code_1(orthanc, server)
    assert "A thread holds the GIL and does not release it" in server.log
    client.join()


def test_a_reset_that_a_callback_holds_up_ends_the_process(orthanc: Servers) -> None:
    server = orthanc(
        """
        import time
        import orthanc

        def on_rest(output, uri, **request):
            print('WAITING', flush=True)
            time.sleep(1000000)

        orthanc.RegisterRestCallback('/wait', on_rest)
        """,
        config=SHORT,
    )
    client = request_in_background(server, "/wait")
    server.wait_for_log("WAITING")
    ask_to_reset(server)
    assert end_with_code_1(orthanc, server) == "the REST callback"
    client.join()


def test_a_stuck_call_of_orthanc_does_not_delay_the_stop(orthanc: Servers) -> None:
    """Orthanc must not be finalized while one of its functions runs."""
    server = orthanc(
        """
        import socket
        import threading
        import orthanc

        listening = socket.create_server(('127.0.0.1', 0))
        url = 'http://127.0.0.1:%d/' % listening.getsockname()[1]

        def accept():
            global connection
            connection = listening.accept()
            print('CONNECTED', flush=True)

        threading.Thread(target=accept).start()
        threading.Thread(target=orthanc.HttpGet, args=[url], daemon=True).start()
        """,
        config={**SHORT, "HttpTimeout": 0},
    )
    server.wait_for_log("CONNECTED")
    ask_to_stop(server)
    assert end_with_code_1(orthanc, server) == "1 calls of Orthanc by threads of the script"


def test_a_stop_after_a_reset_does_not_wait_again_for_the_same_thread(orthanc: Servers) -> None:
    server = orthanc(
        """
        import concurrent.futures
        import threading
        import time
        from recorder import route

        def hang():
            print('HANGING', flush=True)
            time.sleep(1000000)

        @route('/hang')
        def on_hang(output, uri, **request):
            global pool
            threading.Thread(target=hang, name='the thread', daemon=False).start()
            pool = concurrent.futures.ThreadPoolExecutor(thread_name_prefix='the worker')
            pool.submit(hang)
        """,
        config=SHORT,
    )
    server.get("/hang")
    wait_for(lambda: server.log.count("HANGING") == 2, "the threads")
    reset(server)
    for name in "the thread", "the worker_0":
        assert (
            f'The Python thread "{name}" does not end: Orthanc does not wait for it' in server.log
        )
    assert server.log.count("in hang") >= 2
    before = len(server.log)
    server.stop()
    check_end(server)
    assert "does not wait" not in server.log[before:]


TASKS = {
    "ProcessPoolExecutor": "concurrent.futures.ProcessPoolExecutor(1, context).submit(work)",
    "Pool": "context.Pool(1).apply_async(work)",
    "Process": "context.Process(target=work).start()",
}


@pytest.mark.parametrize("task", TASKS)
def test_a_process_that_does_not_end_is_terminated(orthanc: Servers, task: str) -> None:
    """Python itself would wait for most of them forever."""
    server = orthanc(
        f"""
        import concurrent.futures
        import multiprocessing
        import os
        import time
        from recorder import route

        context = multiprocessing.get_context('fork')

        def work():
            print(f'WORKING {{os.getpid()}}', flush=True)
            time.sleep(1000000)

        @route('/begin')
        def begin(output, uri, **request):
            global kept
            kept = {TASKS[task]}
        """,
        config=SHORT,
    )
    server.get("/begin")
    child = int(server.wait_for_log(r"WORKING (\d+)")[1])
    server.stop()
    check_end(server)
    wait_for(lambda: not alive(child), "the end of the child")
    assert task == "Pool" or "does not end and is terminated" in server.log

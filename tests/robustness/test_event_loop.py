# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The event loop during a stop and a reset, in forked children, and under the watchdog."""

from __future__ import annotations

import contextlib
import os
import re
import threading

import pytest
import requests

from tests.support.servers import OLDEST_TO_NEWEST, Servers, check_end, reset, seen, wait_for

from .support import request_in_background

SHORT = {"Python": {"StopTimeout": 1}}

ORDERLY = """
import asyncio
import json
import orthanc
from recorder import record

stopped = None
kept = []


@orthanc.route('/work')
async def work(request):
    global stopped
    stopped = asyncio.Event()
    record('working')
    await stopped.wait()
    system = json.loads(await orthanc.aio.RestApiGet('/system'))
    print('WORKED', flush=True)
    return system


@orthanc.RegisterOnChangeCallback
async def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        print('STOPPED ' + str(len(await orthanc.aio.RestApiGet('/system')) > 0))
        stopped.set()


async def items():
    try:
        yield 1
    finally:
        print('GENERATOR')


async def poll():
    generator = items()
    kept.append(generator)
    await generator.__anext__()
    child = asyncio.create_task(asyncio.Event().wait())
    try:
        record('polling')
        await child
    finally:
        print('CLEAN ' + str(bool(await orthanc.aio.RestApiGet('/system'))))


orthanc.aio.create_task(poll())
"""


@pytest.mark.parametrize("release", OLDEST_TO_NEWEST)
def test_coroutines_end_in_order_while_orthanc_still_works(
    orthanc: Servers, release: str | None
) -> None:
    server = orthanc(ORDERLY, debian=release)
    answers: list[int] = []

    def request() -> None:
        # Orthanc may close the connection before it has sent the whole response
        with contextlib.suppress(requests.RequestException):
            answers.append(server.get("/work").status_code)

    client = threading.Thread(target=request)
    client.start()
    wait_for(lambda: {"working", "polling"} <= {row[0] for row in seen(server)}, "the tasks")
    server.stop()
    client.join()
    check_end(server)
    assert set(answers) <= {200}, server.log
    for line in ("STOPPED True", "WORKED", "CLEAN True", "GENERATOR"):
        assert server.log.count(line) == 1
    assert "Traceback" not in server.log


def test_a_reset_ends_the_tasks_and_starts_a_new_loop(orthanc: Servers) -> None:
    server = orthanc(ORDERLY.replace("stopped.set()", "pass"))
    for number in range(2):
        wait_for(lambda: ["polling"] in seen(server), "the background task")
        reset(server)
        assert server.log.count("CLEAN True") == number + 1
    assert "Traceback" not in server.log


def test_a_coroutine_that_does_not_end_is_cancelled_after_the_timeout(orthanc: Servers) -> None:
    server = orthanc(
        """
        import asyncio
        import orthanc

        async def endless_wait():
            print('WAITING', flush=True)
            await asyncio.Event().wait()

        @orthanc.route('/endless')
        async def endless(request):
            try:
                await endless_wait()
            finally:
                print('FINALLY', flush=True)
        """,
        config=SHORT,
    )
    client = request_in_background(server, "/endless")
    server.wait_for_log("WAITING")
    server.stop()
    client.join()
    check_end(server)
    assert "Orthanc is stopping, but the REST callback does not return" in server.log
    assert re.search("It waits for the coroutine endless:\n(.*\n)*.*in endless_wait", server.log)
    assert "FINALLY" in server.log
    assert "OrthancStopping: Orthanc is stopping" in server.log


def test_tasks_and_a_blocked_loop_do_not_delay_the_stop(orthanc: Servers) -> None:
    server = orthanc(
        """
        import asyncio
        import time
        import orthanc

        async def stubborn():
            while True:
                try:
                    print('PERSISTS', flush=True)
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    print('CAUGHT', flush=True)

        @orthanc.route('/block')
        async def block(request):
            print('BLOCKED', flush=True)
            time.sleep(1000000)

        orthanc.aio.create_task(stubborn(), name='the stubborn task')
        """,
        config=SHORT,
    )
    server.wait_for_log("PERSISTS")
    reset(server)
    assert "CAUGHT" in server.log
    assert re.search(
        "The task the stubborn task .* does not end although it was cancelled", server.log
    )
    client = request_in_background(server, "/block")
    server.wait_for_log("BLOCKED")
    server.stop()
    client.join()
    check_end(server)
    assert "The event loop of the script is blocked" in server.log
    assert "time.sleep(1000000)" in server.log


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork()")
def test_a_forked_child_has_no_event_loop(orthanc: Servers) -> None:
    server = orthanc(
        """
        import asyncio
        import os
        import orthanc

        async def value():
            return 1

        def status_of(child):
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        @orthanc.route('/coroutine')
        async def coroutine(request):
            child = os.fork()
            if child == 0:
                return 'of the child'
            return str(await asyncio.to_thread(status_of, child))

        @orthanc.route('/thread')
        def thread(request):
            child = os.fork()
            if child == 0:
                try:
                    orthanc.aio.run(value())
                except BaseException as error:
                    print('CHILD', error, flush=True)
                    os._exit(7)
            return str(status_of(child))
        """
    )
    assert server.get("/coroutine").text == "0"
    assert server.get("/thread").text == "7"
    server.wait_for_log("CHILD .*forked child.*without the event loop.*use asyncio.run")
    assert server.get("/coroutine").text == "0"


def test_the_watchdog_names_coroutines_that_wait_and_that_block(orthanc: Servers) -> None:
    server = orthanc(
        """
        import asyncio
        import threading
        import orthanc

        released = threading.Event()

        def block_the_loop():
            released.wait(60)

        @orthanc.route('/block')
        async def block(request):
            block_the_loop()

        @orthanc.route('/wait')
        async def wait(request):
            await asyncio.to_thread(released.wait, 60)

        @orthanc.route('/release')
        def release(request):
            released.set()
        """,
        config={"Python": {"Watchdog": 4}},  # it reports once: the coroutine must wait by then
    )
    clients = [request_in_background(server, "/wait")]
    server.wait_for_log("It waits for the coroutine wait:")
    clients.append(request_in_background(server, "/block"))
    server.wait_for_log("It waits for the event loop, which is blocked:\n(.*\n)*.*block_the_loop")
    assert server.get("/release").status_code == 204
    for client in clients:
        client.join()

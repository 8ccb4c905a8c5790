# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log shows an exception of a worker that the script never reads."""

from __future__ import annotations

from tests.support.servers import Servers

SCRIPT = """
import concurrent.futures
import gc
import os
import tempfile
import time
import weakref
import orthanc
from recorder import answer, route

POOL = orthanc.WorkerPool(1)
KEPT = []


def fail(name):
    raise LookupError(f'the call {name}')


def fail_later(file):
    while not os.path.exists(file):
        time.sleep(0.01)
    fail('timed out')


def read(name, how):
    future = POOL.submit(fail, name)
    try:
        how(future)
    except LookupError:
        pass


@route('/calls')
def calls(output, uri, **request):
    read('result', lambda future: future.result())
    read('exception', lambda future: future.exception())
    read('callback', lambda future: future.add_done_callback(lambda done: done.exception()))
    read('as_completed', lambda future: next(concurrent.futures.as_completed([future])).result())
    KEPT.append(POOL.submit(fail, 'kept'))
    unread = POOL.submit(fail, 'unread')
    concurrent.futures.wait([unread, KEPT[0]])
    finished = weakref.ref(unread)
    del unread
    POOL.submit(len, '').result()  # the thread of the pool holds its last call until the next one
    with tempfile.TemporaryDirectory() as folder:
        timed_out = POOL.submit(fail_later, os.path.join(folder, 'go'))
        read_too_early(timed_out)
        open(os.path.join(folder, 'go'), 'w').close()
        concurrent.futures.wait([timed_out])
    answer(output, finished() is None)


def read_too_early(future):
    try:
        future.result(timeout=0)
    except concurrent.futures.TimeoutError:
        pass


@route('/drop')
def drop(output, uri, **request):
    KEPT.clear()
    POOL.submit(len, '').result()
    gc.collect()  # tracebacks of exceptions that were read keep the frame of calls()
    answer(output, None)
"""


def test_an_unread_exception_is_logged_when_its_future_is_collected(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(SCRIPT, debian=where)
    headline = "Error in {}() of a WorkerPool, whose result the script does not read, traceback:"
    assert server.get("/calls").json() is True
    server.wait_for_log("LookupError: the call unread")
    assert server.log.count("the call kept") == 0
    server.get("/drop")
    server.wait_for_log("LookupError: the call kept")
    assert "in fail" in server.log.partition("_RemoteTraceback")[2]  # the traceback of the worker
    for read in ("result", "exception", "callback", "as_completed"):
        assert f"the call {read}" not in server.log
    server.wait_for_log("LookupError: the call timed out")
    assert server.log.count(headline.format("fail")) == 2
    assert server.log.count(headline.format("fail_later")) == 1


def test_a_stop_reports_no_calls_that_it_ends(orthanc: Servers) -> None:
    server = orthanc(
        """
        import time
        import orthanc
        POOL = orthanc.WorkerPool(1)
        FUTURES = [POOL.submit(time.sleep, 600) for _ in range(3)]
        """
    )
    assert server.stop() == 0
    assert "of a WorkerPool" not in server.log

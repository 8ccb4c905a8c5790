# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shutdown and reset end a script as Python ends a program; after a reset all works again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import free_threaded, pythons
from tests.support.servers import Servers, check_end, reset

SCRIPT = """
import asyncio
import atexit
import concurrent.futures
import logging.handlers
import math
import multiprocessing
import queue
import sys
import threading
import time
import weakref

import orthanc
from recorder import answer, route

EXECUTORS = ['ProcessPoolExecutor', 'ThreadPoolExecutor']
if sys.version_info >= (3, 14):
    EXECUTORS.append('InterpreterPoolExecutor')
executors = {}
# The pool stays open until then. It must not be left to the garbage collector: see
# test_python_itself_reports_a_pool_that_is_left_to_the_garbage_collector.
atexit.register(executors.clear)
log = queue.Queue()
listener = logging.handlers.QueueListener(log, logging.StreamHandler(sys.stdout))
listener.start()
atexit.register(listener.stop)
ended = threading.Event()
threading._register_atexit(ended.set)


def wait_for_exit_function():
    ended.wait()
    say('the exit function')


def wait_for_main_thread():
    threading.main_thread().join()
    say('the join of the main thread')


def watch_main_thread():
    while threading.main_thread().is_alive():
        time.sleep(0.01)
    say('the death of the main thread')


def start_another():
    ended.wait()
    threading.Thread(target=say, args=['a thread begun at the end']).start()


async def loop():
    while not ended.is_set():
        await asyncio.sleep(0.01)
    say('the event loop')


def say(what):
    orthanc.LogWarning('ENDED BY ' + what)


for function in wait_for_exit_function, wait_for_main_thread, watch_main_thread, start_another:
    threading.Thread(target=function).start()
threading.Thread(target=asyncio.run, args=[loop()]).start()
threading.Timer(0.5, say, ['a timer']).start()


class Finalized:
    def __del__(self):
        say('__del__')


finalized = Finalized()
weakref.finalize(finalized, say, 'weakref.finalize')


@route('/use')
def use(output, uri, **request):
    results = []
    for name in EXECUTORS:
        if name not in executors:
            executors[name] = getattr(concurrent.futures, name)(2)
        results.append(list(executors[name].map(math.factorial, range(5))))
    if 'manager' not in executors:
        executors['manager'] = multiprocessing.Manager()
        executors['pool'] = multiprocessing.Pool(2)
        executors['queue'] = multiprocessing.Queue()
    shared = executors['manager'].list(range(3))
    executors['queue'].put(executors['pool'].map(abs, shared))
    results.append(executors['queue'].get())
    answer(output, results)
"""
ENDS = (
    "the exit function",
    "the join of the main thread",
    "the death of the main thread",
    "a thread begun at the end",
    "the event loop",
    "a timer",
    "__del__",
    "weakref.finalize",
)


def check(orthanc: Servers, executors: int, ends: tuple[str, ...] = ENDS, **options: Any) -> None:
    server = orthanc(SCRIPT, **options)
    expected = [[1, 1, 2, 6, 24]] * executors + [[0, 1, 2]]
    for number in range(1, 4):
        assert server.get("/use").json() == expected
        if number < 3:
            reset(server)
        else:
            server.stop()
        for end in ends:
            assert server.log.count("ENDED BY " + end + "\n") == number, end
    check_end(server)
    for wrong in "does not wait", "terminated", "Error in", "Traceback":
        assert wrong not in server.log


@pytest.mark.parametrize("python", pythons.shared(), ids=lambda python: python.name)
def test_exit_functions_run_with_each_python(
    orthanc: Servers, python: pythons.Python, universal_plugin: Path
) -> None:
    executable = {"Python": {"Executable": str(python.executable)}}
    check(orthanc, 2, plugin=universal_plugin, config=executable)


def test_exit_functions_run_without_gil(orthanc: Servers, universal_plugin: Path) -> None:
    executable = {"Python": {"Executable": str(free_threaded.python().executable)}}
    ends = tuple(end for end in ENDS if end != "__del__")  # its modules are immortal
    check(orthanc, 2, ends, plugin=universal_plugin, config=executable)


@pytest.mark.chroot
@pytest.mark.parametrize(("minor", "executors"), [("3.13", 2), ("3.14", 3), ("3.15", 3)])
def test_exit_functions_run_with_the_newest_pythons(
    orthanc: Servers, minor: str, executors: int
) -> None:
    executable = f"/usr/bin/python{minor}"
    check(orthanc, executors, debian="sid", config={"Python": {"Executable": executable}})


UNUSUAL_THREADS = """
import atexit
import threading
import orthanc

class Stoppable(threading.Thread):
    def join(self):
        raise RuntimeError('on purpose')

ended = threading.Event()
threading._register_atexit(ended.set)
Stoppable(target=ended.wait).start()
starting = threading.Thread()
threading._limbo[starting] = starting  # as in the middle of its start()
atexit.register(orthanc.LogWarning, 'THE EXIT FUNCTION')
"""


def test_no_thread_keeps_exit_functions_from_running(orthanc: Servers) -> None:
    """A thread that another one starts at this moment, and a subclass with a join of its own."""
    server = orthanc(UNUSUAL_THREADS)
    server.stop()
    check_end(server)
    assert "THE EXIT FUNCTION\n" in server.log
    assert "Error while stopping" not in server.log


LEFT_TO_THE_COLLECTOR = """
import atexit
import gc
import multiprocessing

@atexit.register  # it runs after the exit function of multiprocessing
def collect():
    kept.clear()
    gc.collect()

def use():
    pool = multiprocessing.Pool(1)
    pool.map(abs, [1])
    younger = [pool]
    younger.append(younger)
    return younger

kept = {'cycle': use()}
gc.collect()
"""


@pytest.mark.parametrize("python", pythons.shared()[:1], ids=lambda python: python.name)
def test_python_itself_reports_a_pool_that_is_left_to_the_garbage_collector(
    python: pythons.Python,
) -> None:
    """The collector may finalize the pipe of an open pool first; Pool.__del__ writes to it. So the
    same report in Orthanc's log is no fault of the plugin.
    """
    command = [str(python.executable), "-c", LEFT_TO_THE_COLLECTOR]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)
    assert "in __del__" in done.stderr
    assert done.stderr.endswith("OSError: [Errno 9] Bad file descriptor\n")


WAITING = """
import atexit
import multiprocessing
import threading
from recorder import answer, route

numbers = multiprocessing.Queue()
endless = threading.Thread(target=threading.Event().wait, name='ENDLESS', daemon=True)
atexit.register(lambda: endless.is_alive() and endless.join())

@route('/use')
def use(output, uri, **request):
    endless.start()
    for _ in range(100):
        numbers.put(bytes(10000))  # more than a pipe holds
    answer(output, 'used')
"""


def test_no_exit_function_waits_for_a_thread_without_limit(orthanc: Servers) -> None:
    server = orthanc(WAITING, config={"Python": {"StopTimeout": 2}})
    for number in range(1, 3):
        assert server.get("/use").json() == "used"
        if number < 2:
            reset(server)
        else:
            server.stop()
        for name in "ENDLESS", "QueueFeederThread":
            assert server.log.count(f'waits for the thread "{name}", which does not end') == number
        assert server.log.count("items that no process has read, and they are lost") == number
    check_end(server)

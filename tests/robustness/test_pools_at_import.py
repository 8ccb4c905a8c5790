# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pools and processes that a script creates and uses during its import.

Each worker that is not forked imports the script as well, to find the function to call.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc, OrthancFailed
from tests.support import pythons
from tests.support.servers import Servers, check_end

METHODS = ("fork", "forkserver", "spawn")

# The top-level code of a script after the definition of `square`; the result must be [9, 16].
USES = {
    "map": "RESULT = CONTEXT.Pool(2).map(square, [3, 4])",
    "with": """
with CONTEXT.Pool(2) as pool:
    RESULT = list(pool.imap(square, [3, 4]))
""",
    "apply": """
POOL = CONTEXT.Pool(2)
RESULT = [POOL.apply_async(square, (value,)).get() for value in (3, 4)]
""",
    "import of Pool": """
from multiprocessing.pool import Pool
POOL = Pool(2, context=CONTEXT)
RESULT = POOL.starmap(square, [(3,), (4,)])
assert RESULT[0] == 9
""",
    "executor": """
POOL = ProcessPoolExecutor(2, mp_context=CONTEXT)
RESULT = list(POOL.map(square, [3, 4]))
POOL.shutdown()
""",
    "submit": """
with ProcessPoolExecutor(2, mp_context=CONTEXT) as executor:
    futures = [executor.submit(square, value) for value in (3, 4)]
    RESULT = [future.result() for future in futures]
""",
    "WorkerPool": """
POOL = orthanc.WorkerPool(2, start_method=CONTEXT.get_start_method())
RESULT = list(POOL.map(square, [POOL.run(abs, -3), 4]))
""",
    "process": """
QUEUE = CONTEXT.SimpleQueue()
PROCESS = CONTEXT.Process(target=squares, args=(QUEUE, [3, 4]))
PROCESS.start()
RESULT = QUEUE.get()
PROCESS.join()
""",
    "event": """
EVENT = CONTEXT.Event()
PROCESS = CONTEXT.Process(target=EVENT.set)
PROCESS.start()
EVENT.wait()
PROCESS.join()
RESULT = [square(3), square(4)]
""",
    "manager": """
MANAGER = CONTEXT.Manager()
SHARED = MANAGER.list()
PROCESS = CONTEXT.Process(target=extend, args=(SHARED, [3, 4]))
PROCESS.start()
PROCESS.join()
RESULT = list(SHARED)
""",
}
SCRIPT = """
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import orthanc

CONTEXT = multiprocessing.get_context({method!r})

def square(value):
    return value * value

def squares(queue, values):
    queue.put([square(value) for value in values])

def extend(target, values):
    target.extend(map(square, values))

{use}

def on_rest(output, uri, **request):
    output.AnswerBuffer(json.dumps(RESULT), 'application/json')

orthanc.RegisterRestCallback('/result', on_rest)
"""

ALL_USES = pytest.mark.parametrize("use", USES)
ALL_METHODS = pytest.mark.parametrize("method", METHODS)


def check(server: Orthanc) -> None:
    assert server.get("/result").json() == [9, 16]
    server.stop()
    check_end(server)


@ALL_METHODS
@ALL_USES
def test_a_pool_is_used_at_import(orthanc: Servers, use: str, method: str) -> None:
    check(orthanc(SCRIPT.format(use=USES[use], method=method)))


@pytest.mark.chroot
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@ALL_USES
def test_a_pool_is_used_at_import_with_the_newest_python(
    orthanc: Servers, use: str, method: str
) -> None:
    check(orthanc(SCRIPT.format(use=USES[use], method=method), debian="sid"))


@pytest.mark.parametrize("python", pythons.shared(), ids=lambda python: python.name)
@pytest.mark.parametrize("use", ["map", "executor", "WorkerPool", "process"])
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_a_pool_is_used_at_import_with_each_python(
    orthanc: Servers, universal_plugin: Path, python: pythons.Python, use: str, method: str
) -> None:
    script = SCRIPT.format(use=USES[use], method=method)
    config = {"Python": {"Executable": str(python.executable)}}
    check(orthanc(script, plugin=universal_plugin, config=config))


@ALL_METHODS
def test_a_pool_of_another_module_is_used_at_import(orthanc: Servers, method: str) -> None:
    """A worker imports neither module completely: the other one imports a result.

    A forked worker has the functions that were defined when its pool was made.
    """
    helper = """
        import multiprocessing

        def square(value):
            return value * value

        POOL = multiprocessing.get_context({method!r}).Pool(2)
        RESULT = POOL.map(square, [3, 4])
    """
    use = """
import helper
from helper import POOL, RESULT
assert POOL.map(helper.square, [3, 4]) == RESULT
assert CONTEXT.Pool(1).map(square, [3, 4]) == RESULT
"""
    files = {"helper.py": helper.format(method=method)}
    check(orthanc(SCRIPT.format(use=use, method=method), files=files))


@ALL_METHODS
def test_functions_below_a_result_can_be_called(orthanc: Servers, method: str) -> None:
    use = f"""
{USES["map"]}
text = f'{{{{RESULT}}}}'

def cube(value):
    return value ** 3

POOL = CONTEXT.Pool(1)
assert POOL.apply(cube, (2,)) == 8
"""
    check(orthanc(SCRIPT.format(use=use.replace("{{", "{").replace("}}", "}"), method=method)))


def fails(start: Callable[[], Orthanc], *reasons: str) -> None:
    """Orthanc refuses to start, and its log has the reason."""
    with pytest.raises(OrthancFailed) as failure:
        start()
    for reason in reasons:
        assert reason in failure.value.log


FAILURES = {
    "below the use": (
        """
        POOL = CONTEXT.Pool(2)
        FIRST, *_ = POOL.map(square, [3, 4])

        def cube(value):
            return value ** 3

        POOL.map(cube, [2])
        """,
        "A worker process cannot import cube from script",
        "the import of script ends at line 14 in a worker process: that line needs the Pool.map()",
    ),
    "error": (
        """
        if os.environ.setdefault('FIRST', str(os.getpid())) != str(os.getpid()):
            raise KeyError('only here')
        POOL = CONTEXT.Pool(2)
        POOL.map(square, [3, 4])
        """,
        "A worker process cannot import square from script: KeyError: 'only here'",
    ),
    "exit": (
        """
        if os.environ.setdefault('FIRST', str(os.getpid())) != str(os.getpid()):
            raise SystemExit('enough')
        CONTEXT.Pool(2).apply(square, (3,))
        """,
        "A worker process cannot import square from script: SystemExit: enough",
    ),
    "initializer": (
        """
        if os.environ.setdefault('FIRST', str(os.getpid())) != str(os.getpid()):
            raise KeyError('only here')
        CONTEXT.Pool(2, initializer=print_nothing).map(abs, [3, 4])
        """,
        "A worker process cannot import print_nothing from script: KeyError: 'only here'",
    ),
    "executor": (
        """
        if os.environ.setdefault('FIRST', str(os.getpid())) != str(os.getpid()):
            raise KeyError('only here')
        ProcessPoolExecutor(2, mp_context=CONTEXT).submit(square, 3).result()
        """,
        "A worker process cannot import square from script: KeyError: 'only here'",
    ),
    "argument": (
        """
        if os.environ.setdefault('FIRST', str(os.getpid())) != str(os.getpid()):
            raise KeyError('only here')
        CONTEXT.Pool(2).map(operator.attrgetter('name'), [Kind.ONE, Kind.ONE])
        """,
        "A worker process cannot import Kind from script: KeyError: 'only here'",
    ),
}
FAILING = """
import enum
import multiprocessing
import operator
import os
from concurrent.futures import ProcessPoolExecutor
CONTEXT = multiprocessing.get_context({method!r})
def square(value):
    return value * value
def print_nothing():
    pass
Kind = enum.Enum('Kind', 'ONE')
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_worker_that_cannot_import_raises_the_reason(
    orthanc: Servers, failure: str, method: str
) -> None:
    text, *reasons = FAILURES[failure]
    script = FAILING.format(method=method).lstrip() + text.replace("\n        ", "\n")
    fails(lambda: orthanc(script), *reasons)


@pytest.mark.chroot
@pytest.mark.parametrize("failure", FAILURES)
def test_a_worker_that_cannot_import_raises_the_reason_with_the_newest_python(
    orthanc: Servers, failure: str
) -> None:
    text, *reasons = FAILURES[failure]
    script = FAILING.format(method="forkserver").lstrip() + text.replace("\n        ", "\n")
    fails(lambda: orthanc(script, debian="sid"), *reasons)


def test_a_function_defined_after_a_fork_raises_the_reason(orthanc: Servers) -> None:
    script = """
        import multiprocessing
        POOL = multiprocessing.get_context('fork').Pool(2)
        def square(value):
            return value * value
        POOL.map(square, [3, 4])
    """
    fails(lambda: orthanc(script), "A worker process cannot import square from script")

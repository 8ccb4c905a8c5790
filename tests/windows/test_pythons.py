# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""One DLL for each CPython: requests, threads, a reset and a clean end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.fake_orthanc import FakeOrthanc
from tests.support.servers import wait_for
from tests.windows.conftest import WHO, FakeOrthancs, who
from tests.windows.pythons import NAMES, WindowsPython
from tests.windows.wine import Wine

SCRIPT = (
    WHO
    + r"""
import threading

local = threading.local()
sys.runs = getattr(sys, 'runs', 0) + 1

def hello(output, uri, **request):
    local.calls = getattr(local, 'calls', 0) + 1
    output.AnswerBuffer('hello', 'text/plain')

def deep(output, uri, **request):
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)
    try:
        down(1000000)
    except RecursionError:
        output.AnswerBuffer('RecursionError', 'text/plain')

class Last:
    def __del__(self):
        import select  # loads a DLL while the thread ends
        ended.append(threading.get_ident())

ended = []

def leave(output, uri, **request):
    local.last = Last()
    output.AnswerBuffer('left', 'text/plain')

def count(output, uri, **request):
    output.AnswerBuffer(json.dumps([sys.runs, len(ended)]), 'application/json')

def changed(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        print('the last word')

orthanc.RegisterRestCallback('/hello', hello)
orthanc.RegisterRestCallback('/deep', deep)
orthanc.RegisterRestCallback('/leave', leave)
orthanc.RegisterRestCallback('/count', count)
orthanc.RegisterOnChangeCallback(changed)
"""
)


@pytest.fixture(scope="module", params=NAMES)
def python(
    request: pytest.FixtureRequest, python_for: Callable[[str], WindowsPython]
) -> WindowsPython:
    found: WindowsPython = python_for(request.param)
    return found


@pytest.fixture(scope="module")
def windows(python: WindowsPython, wine_for: Callable[[str], Wine]) -> Wine:
    return wine_for(python.machine)


@pytest.fixture(scope="module")
def fake(python: WindowsPython, windows: Wine, fakes: FakeOrthancs) -> Iterator[FakeOrthanc]:
    executable = windows.path(python.executable)
    fake = fakes(SCRIPT, machine=python.machine, Executable=executable)
    assert fake.started["code"] == 0, fake.log
    yield fake


def test_the_configured_python_runs(
    fake: FakeOrthanc, python: WindowsPython, windows: Wine
) -> None:
    answer = who(fake)
    assert answer["version"] == python.minor
    assert answer["executable"] == windows.path(python.executable)
    assert answer["base_executable"] == windows.path(python.executable)
    assert answer["prefix"] == windows.path(python.folder)
    assert f"Python library: {windows.path(python.library)}" in fake.log


def test_many_threads_call_callbacks(fake: FakeOrthanc) -> None:
    result = fake.command("threads 8 500 /hello")
    assert (result["good"], result["bad"], result["body"]) == (4000, 0, "hello")


def test_deep_recursion_raises(fake: FakeOrthanc) -> None:
    """The threads have stacks of the same size as Orthanc's."""
    result = fake.command("threads 2 2 /deep")
    assert (result["good"], result["body"]) == (4, "RecursionError"), result


def test_objects_of_ended_threads(fake: FakeOrthanc) -> None:
    """Windows holds the loader lock at a thread's end, when Python code must not run."""
    result = fake.command("threads 8 1 /leave")
    assert result["good"] == 8
    # each thread's value of threading.local is freed, too
    wait_for(lambda: fake.json("/count")[1] >= 8, "the end of the values")


def test_reset_and_stop(fake: FakeOrthanc) -> None:
    assert fake.json("/count")[0] == 1
    for run in (2, 3):
        assert fake.command("reset")["code"] == 0
        assert fake.json("/count")[0] == run
        assert fake.command("threads 4 50 /hello")["bad"] == 0
    assert fake.stop() == 0
    assert fake.log.count("the last word") == 3

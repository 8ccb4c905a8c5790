# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each call of a service and each allocation fails once, alone and with all that follow.

Afterwards the same call gives the same answer, all of Orthanc's memory is released, and no object
is leaked: a leaked object would keep a reference to its class.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from tests.support.fake_orthanc import FakeOrthanc

from .callback_kinds import KINDS, URIS
from .conftest import EVERY_CALLBACK, Start
from .test_every_callback import NOTHING

CALLS = [*KINDS, *(("request", f"|{uri[1:]}") for uri in URIS if uri != "/register")]
# CPython 3.12 and 3.13 crash if memory is missing when Python code creates a function or generator.
# If threads exchange data in Python code, an exception leaves locks acquired.
NEVER_SHORT_OF_MEMORY = {"job", "upload", "|job", "|client"}
SHORT_OF_MEMORY = [call for call in CALLS if NEVER_SHORT_OF_MEMORY.isdisjoint(call)]


def await_references(fake: FakeOrthanc, before: dict[str, int]) -> dict[str, int]:
    """The counts that stay above those before: the thread of a job's steps may release the job
    only after Orthanc has deleted it.
    """
    deadline = time.monotonic() + 60
    while True:
        counts: dict[str, int] = fake.json("/references")
        leaked = {name: count for name, count in counts.items() if count > before[name]}
        if not leaked or time.monotonic() > deadline:
            return leaked
        time.sleep(0.01)


def disturb(fake: FakeOrthanc, what: str, calls: list[tuple[str, str]]) -> dict[str, int]:
    """The number of possible failures in each call; fails if one of them does harm."""
    reached = {}
    for kind, data in calls:
        for extent in ("one", "all") if data != "|error" else ("one",):
            command = f"{what} {extent} {kind} {data}"
            fake.command(command)
            before = fake.json("/references")
            result = fake.command(command)
            assert result["before"] == result["after"] != "", command
            assert await_references(fake, before) == {}, command
            reached[f"{kind} {data}"] = result["runs"]
    assert fake.command("alive") == NOTHING
    return reached


@pytest.mark.parametrize("resets", [0, 1, 2])
def test_no_failing_service_harms_the_plugin(start: Start, resets: int) -> None:
    fake = start(EVERY_CALLBACK, StopTimeout=5)
    for _ in range(resets):
        fake.command("reset")
    reached = disturb(fake, "errors", CALLS)
    assert reached["find some data"] >= 7 and reached["stored some data"] >= 6
    assert fake.stop() == 0


def test_no_cpp_exception_of_a_service_harms_the_plugin(
    start: Start,
    fake_orthanc_program: Path,
    static_fake_orthanc: Path,
    plugin: Path,
    universal_plugin: Path,
) -> None:
    """C++ exceptions of the same runtime as the plugin's, and of another one."""
    for program, library in itertools.product(
        (fake_orthanc_program, static_fake_orthanc), sorted({plugin, universal_plugin})
    ):
        fake = start(EVERY_CALLBACK, program=program, plugin=library, StopTimeout=5)
        for kind in ("exceptions", "foreign-exceptions"):
            reached = disturb(fake, kind, CALLS)
            assert reached["find some data"] >= 7 and reached["stored some data"] >= 6
        assert "() has ended with a C++ exception in Orthanc: of an unknown type" in fake.log
        assert fake.stop() == 0


@pytest.mark.parametrize("resets", [0, 1, 2])
def test_no_failing_allocation_harms_the_plugin(start: Start, resets: int) -> None:
    # traceback parses a line to mark the position, which fills caches for a while
    fake = start(EVERY_CALLBACK, env={"PYTHONNODEBUGRANGES": "1"}, StopTimeout=5)
    for _ in range(resets):
        fake.command("reset")
    reached = disturb(fake, "fail-allocations", SHORT_OF_MEMORY)
    assert reached["find some data"] >= 10 and reached["stored some data"] >= 10
    assert fake.stop() == 0


def test_each_failing_service_at_the_start_is_survived(start: Start) -> None:
    """The start is refused, or the script runs without the failed part; the next start works."""
    fake = start(EVERY_CALLBACK)
    result = fake.command("starts")
    assert result["runs"] > result["refused"] > 25  # the registrations, and the configuration
    assert fake.get("/nested/3") == "...."
    assert fake.command("alive") == NOTHING
    assert fake.stop() == 0


def test_callbacks_survive_a_system_that_refuses_threads(start: Start) -> None:
    """A callback that needs one fails; the server goes on, and so does the next callback."""
    fake = start(EVERY_CALLBACK)
    for kind, data in (("upload", "data"), ("request", "|register")):
        refused = fake.command(f"threadless {kind} {data}")["answer"]
        good = fake.command(f"callback {kind} {data}")["answer"]
        assert refused != "" and good != "" and refused != good
        assert "0 200" not in refused and "data" not in refused
    assert fake.command("threadless-start")["code"] == -1
    assert fake.command("reset")["code"] == 0
    assert fake.get("/nested/3") == "...."
    assert fake.command("alive") == NOTHING
    assert fake.stop() == 0


CHANGES = """
import orthanc

def register(output, uri, **request):
    try:
        orthanc.RegisterOnChangeCallback(print)
        output.AnswerBuffer('registered', 'text/plain')
    except RuntimeError as error:
        output.AnswerBuffer(str(error), 'text/plain')

orthanc.RegisterRestCallback('/changes', register)
"""


def test_a_change_callback_without_a_thread_leaves_its_place_free(start: Start) -> None:
    fake = start(CHANGES)
    assert (
        "Cannot start the thread for change events"
        in fake.command("threadless request |changes")["answer"]
    )
    assert fake.get("/changes") == "registered"
    assert fake.get("/changes") == "registered"
    assert fake.stop() == 0

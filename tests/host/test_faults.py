# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each call of a service, and each allocation of memory, fails once, and all of them from it on.

After that the same call gives the same answer, Orthanc has got back all that it gave, and no
object is lost: it would refer to its class for ever.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.support.orthanc_host import Host

from .conftest import EVERY_CALLBACK, Start
from .families import FAMILIES, URIS
from .test_every_callback import NOTHING

CALLS = [*FAMILIES, *(("request", f"|{uri[1:]}") for uri in URIS if uri != "/register")]
# Here Python code of the standard library or of this plugin makes a function or a generator while
# it runs, for which CPython 3.12 and 3.13 crash by themselves if there is no memory; or two threads
# hand something over in Python code, whose locks an exception at any place leaves behind.
NOT_STARVED = {"job", "upload", "|job", "|client"}
STARVED = [call for call in CALLS if NOT_STARVED.isdisjoint(call)]


def disturb(host: Host, what: str, calls: list[tuple[str, str]]) -> dict[str, int]:
    """How many things each call needs that can fail; fails if one of them does harm."""
    reached = {}
    for family, data in calls:
        for extent in ("one", "all") if data != "|error" else ("one",):
            command = f"{what} {extent} {family} {data}"
            host.command(command)
            before = host.json("/references")
            result = host.command(command)
            assert result["before"] == result["after"] != "", command
            assert host.json("/references") == before, command
            reached[f"{family} {data}"] = result["runs"]
    assert host.command("alive") == NOTHING
    return reached


@pytest.mark.parametrize("resets", [0, 1, 2])
def test_services_fail(start: Start, resets: int) -> None:
    host = start(EVERY_CALLBACK, StopTimeout=5)
    for _ in range(resets):
        host.command("reset")
    reached = disturb(host, "errors", CALLS)
    assert reached["find some data"] >= 7 and reached["stored some data"] >= 6
    assert host.stop() == 0


def test_services_throw(
    start: Start,
    host_program: Path,
    self_contained_host: Path,
    plugin: Path,
    universal_plugin: Path,
) -> None:
    """C++ exceptions of the same runtime as the plugin's, and of another one."""
    for program, library in itertools.product(
        (host_program, self_contained_host), sorted({plugin, universal_plugin})
    ):
        host = start(EVERY_CALLBACK, program=program, plugin=library, StopTimeout=5)
        for kind in ("exceptions", "foreign-exceptions"):
            reached = disturb(host, kind, CALLS)
            assert reached["find some data"] >= 7 and reached["stored some data"] >= 6
        assert "() has ended with a C++ exception in Orthanc: of an unknown type" in host.log
        assert host.stop() == 0


@pytest.mark.parametrize("resets", [0, 1, 2])
def test_quirk_33_memory_is_missing(start: Start, resets: int) -> None:
    # to mark the place in a line, traceback parses it, which fills caches for a while
    host = start(EVERY_CALLBACK, env={"PYTHONNODEBUGRANGES": "1"}, StopTimeout=5)
    for _ in range(resets):
        host.command("reset")
    reached = disturb(host, "starve", STARVED)
    assert reached["find some data"] >= 10 and reached["stored some data"] >= 10
    assert host.stop() == 0


def test_a_start_whose_services_fail(start: Start) -> None:
    """It is refused, or the script goes without what has failed; the next start is as ever."""
    host = start(EVERY_CALLBACK)
    result = host.command("starts")
    assert result["runs"] > result["refused"] > 25  # the registrations, and the configuration
    assert host.get("/nested/3") == "...."
    assert host.command("alive") == NOTHING
    assert host.stop() == 0


def test_the_system_refuses_threads(start: Start) -> None:
    """A callback that needs one fails; the server goes on, and so does the next callback."""
    host = start(EVERY_CALLBACK)
    for family, data in (("upload", "data"), ("request", "|register")):
        refused = host.command(f"threadless {family} {data}")["answer"]
        good = host.command(f"family {family} {data}")["answer"]
        assert refused != "" and good != "" and refused != good
        assert "0 200" not in refused and "data" not in refused
    assert host.command("threadless-start")["code"] == -1
    assert host.command("reset")["code"] == 0
    assert host.get("/nested/3") == "...."
    assert host.command("alive") == NOTHING
    assert host.stop() == 0


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
    host = start(CHANGES)
    assert "refuses another thread" in host.command("threadless request |changes")["answer"]
    assert host.get("/changes") == "registered"
    assert "Can only register one" in host.get("/changes")
    assert host.stop() == 0

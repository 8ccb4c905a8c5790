# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""All kinds of callbacks, in all their versions, by many threads, and over resets."""

from __future__ import annotations

from tests.support import free_threaded
from tests.support.fake_orthanc import Host

from .callback_kinds import KINDS, URIS
from .conftest import EVERY_CALLBACK, Start

NOTHING = {"result": "alive", "images": 0, "blocks": 0, "jobs": 0, "instances": 0}
VERSIONS = 6  # every_callback.py has two of some callbacks, and three of others


def check_all(host: Host) -> None:
    for uri in URIS:
        answer = host.command(f"rest GET {uri}")
        assert answer["status"] == (404 if uri == "/error" else 200), f"{answer}\n{host.log}"
    for kind, data in KINDS:
        answer = host.command(f"callback {kind} {data}")
        assert answer["answer"] != "", kind


def test_each_version_of_each_callback(start: Start) -> None:
    host = start(EVERY_CALLBACK)
    assert host.started["code"] == 0, host.log
    for _ in range(VERSIONS):
        check_all(host)
        assert host.command("alive") == NOTHING
        assert host.command("reset")["code"] == 0
    assert host.stop() == 0
    expected = ("KeyError: 'first'", "orthanc.OrthancException: (17, 'gone')")
    others = [line for line in host.log.splitlines() if "Error: " in line or "Exception: " in line]
    assert set(others) == set(expected)


def race(host: Host, *uris: str) -> None:
    """All kinds of callbacks, then each of the routes, by six threads at once."""
    calls = 5
    expected = 6 * calls * len(KINDS)
    assert host.command(f"race 6 {calls}")["good"] == expected, host.log
    for uri in uris:
        result = host.command(f"threads 6 10 {uri}")
        assert result["bad"] == 0, f"{result}\n{host.log}"


def test_all_at_once_from_many_threads(start: Start) -> None:
    """Registrations, change events and jobs, with resets in between."""
    host = start(EVERY_CALLBACK)
    for _ in range(3):
        assert host.command("threads 6 10 /register")["code"] == 0
        race(host, "/nested/5", "/job", "/client")
        assert host.command("reset")["code"] == 0
    assert host.stop() == 0


def test_beside_threads_of_the_script(start: Start) -> None:
    host = start(EVERY_CALLBACK, env={"EVERY_CALLBACK_THREADS": "2"})
    for _ in range(3):
        race(host, "/nested/5", "/job", "/client")
        assert host.command("reset")["code"] == 0
    assert host.stop() == 0


def test_without_gil(start: Start) -> None:
    python = free_threaded.python().executable
    host = start(EVERY_CALLBACK, python=python, env={"EVERY_CALLBACK_THREADS": "2"})
    for _ in range(VERSIONS):
        check_all(host)
        race(host, "/nested/5", "/job", "/client")
        assert host.json("/gil") is False
        assert host.command("reset")["code"] == 0
    assert host.stop() == 0

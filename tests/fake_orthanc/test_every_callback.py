# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""All kinds of callbacks, in all their versions, by many threads, and over resets."""

from __future__ import annotations

from tests.support import free_threaded
from tests.support.fake_orthanc import FakeOrthanc

from .callback_kinds import KINDS, URIS
from .conftest import EVERY_CALLBACK, Start

NOTHING = {"result": "alive", "images": 0, "blocks": 0, "jobs": 0, "instances": 0}
VERSIONS = 6  # every_callback.py has two of some callbacks, and three of others


def check_all(fake: FakeOrthanc) -> None:
    for uri in URIS:
        answer = fake.command(f"rest GET {uri}")
        assert answer["status"] == (404 if uri == "/error" else 200), f"{answer}\n{fake.log}"
    for kind, data in KINDS:
        answer = fake.command(f"callback {kind} {data}")
        assert answer["answer"] != "", kind


def test_each_version_of_each_callback(start: Start) -> None:
    fake = start(EVERY_CALLBACK)
    assert fake.started["code"] == 0, fake.log
    for _ in range(VERSIONS):
        check_all(fake)
        assert fake.command("alive") == NOTHING
        assert fake.command("reset")["code"] == 0
    assert fake.stop() == 0
    expected = ("KeyError: 'first'", "orthanc.OrthancException: (17, 'gone')")
    others = [line for line in fake.log.splitlines() if "Error: " in line or "Exception: " in line]
    assert set(others) == set(expected)


def race(fake: FakeOrthanc, *uris: str) -> None:
    """All kinds of callbacks, then each of the routes, by six threads at once."""
    calls = 5
    expected = 6 * calls * len(KINDS)
    assert fake.command(f"race 6 {calls}")["good"] == expected, fake.log
    for uri in uris:
        result = fake.command(f"threads 6 10 {uri}")
        assert result["bad"] == 0, f"{result}\n{fake.log}"


def test_all_at_once_from_many_threads(start: Start) -> None:
    """Registrations, change events and jobs, with resets in between."""
    fake = start(EVERY_CALLBACK)
    for _ in range(3):
        assert fake.command("threads 6 10 /register")["code"] == 0
        race(fake, "/nested/5", "/job", "/client")
        assert fake.command("reset")["code"] == 0
    assert fake.stop() == 0


def test_beside_threads_of_the_script(start: Start) -> None:
    fake = start(EVERY_CALLBACK, env={"EVERY_CALLBACK_THREADS": "2"})
    for _ in range(3):
        race(fake, "/nested/5", "/job", "/client")
        assert fake.command("reset")["code"] == 0
    assert fake.stop() == 0


def test_all_callbacks_work_without_gil(start: Start) -> None:
    python = free_threaded.python().executable
    fake = start(EVERY_CALLBACK, python=python, env={"EVERY_CALLBACK_THREADS": "2"})
    for _ in range(VERSIONS):
        check_all(fake)
        race(fake, "/nested/5", "/job", "/client")
        assert fake.json("/gil") is False
        assert fake.command("reset")["code"] == 0
    assert fake.stop() == 0

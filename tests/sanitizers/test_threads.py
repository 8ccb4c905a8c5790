# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""ThreadSanitizer, on a Python without GIL that is instrumented itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fake_orthanc.callback_kinds import KINDS
from tests.support import clang, free_threaded
from tests.support.fake_orthanc import FakeOrthanc

from .conftest import Sanitized, check_end

THREADS, CALLS = 6, 10
URIS = (
    "/register",
    "/rest/x",
    "/nested/5",
    "/stream",
    "/client",
    "/job",
    "/image",
    "/error",
    "/shared",
)


def suppressions(folder: Path) -> Path:
    """The suppressions of this project and of CPython."""
    own = Path(__file__).with_name("threads.supp").read_text("utf-8")
    file = folder / "suppressions"
    file.write_text(own + free_threaded.known_races(), encoding="utf-8")
    return file


def use(fake: FakeOrthanc) -> None:
    done = fake.command(f"race {THREADS} {CALLS}")
    assert done["good"] == THREADS * CALLS * len(KINDS), fake.log
    for uri in URIS:
        fake.command(f"threads {THREADS} {CALLS} {uri}")


def test_threads_have_no_data_races(
    sanitized: Callable[[str], Sanitized], start: Callable[..., FakeOrthanc], tmp_path: Path
) -> None:
    """Callbacks, registrations, change events, jobs and script threads at once; the watchdog
    inspects all of them; several threads use one object; resets, and the stop.
    """
    python = free_threaded.for_thread_sanitizer(clang.compilers()[0])
    options = {"suppressions": suppressions(tmp_path), "log_path": tmp_path / "report"}
    environment = {
        "EVERY_CALLBACK_THREADS": "2",
        "TSAN_OPTIONS": ":".join(f"{name}={value}" for name, value in options.items()),
    }
    fake = start(sanitized("thread"), python.executable, environment, Watchdog=0.05, StopTimeout=60)
    assert fake.started["code"] == 0, fake.log
    assert fake.json("/gil") is False
    for _ in range(3):
        use(fake)
        assert fake.command("reset")["code"] == 0
    use(fake)
    check_end(fake, tmp_path)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer, with every callback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.fake_orthanc.callback_kinds import KINDS, URIS
from tests.support.fake_orthanc import FakeOrthanc

from .conftest import Sanitized, check_end

LEAKS = Path(__file__).with_name("leaks.supp")
VERSIONS = 6  # of every_callback.py


def use(fake: FakeOrthanc) -> None:
    for uri in URIS:
        fake.command(f"rest GET {uri}")
    for kind, data in KINDS:
        assert fake.command(f"callback {kind} {data}")["answer"] != "", fake.log
        fake.command(f"errors one {kind} {data}")
    assert fake.command("race 4 3")["good"] == 4 * 3 * len(KINDS)


def test_every_callback_without_memory_errors_and_leaks(
    sanitized: Callable[[str], Sanitized], start: Callable[..., FakeOrthanc], tmp_path: Path
) -> None:
    options = f"log_path={tmp_path / 'report'}"
    environment = {
        "PYTHONMALLOC": "malloc",  # each object has its own block of memory
        "ASAN_OPTIONS": f"{options}:fast_unwind_on_malloc=0:malloc_context_size=12",
        "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0",
        "UBSAN_OPTIONS": f"{options}:print_stacktrace=1",
    }
    fake = start(sanitized("address,undefined"), Path(sys.executable), environment, StopTimeout=60)
    assert fake.started["code"] == 0, fake.log
    for _ in range(VERSIONS):
        use(fake)
        assert fake.command("reset")["code"] == 0
    use(fake)
    check_end(fake, tmp_path)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A short run of leaks.py: the memory does not grow with the number of calls.

One exception with its frame, or one failed upload, has 1 or 10 MB: a leak exceeds the noise of the
allocator even after few calls.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .leaks import CASES, Case, measure

CALLS = 8000
NOISE = 4096  # KB


@pytest.mark.parametrize("case", CASES[:5], ids=lambda case: case.name)
def test_callbacks_keep_no_objects(
    case: Case, plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_LIBRARY", str(plugin))
    assert measure(CALLS, (case,), NOISE)[case.name] < NOISE

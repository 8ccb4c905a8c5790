# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A few trials of trials.py; run that script for more."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trials import trial


@pytest.mark.parametrize("first", [0, 5, 10, 15])
def test_five_random_trials_find_no_failure(
    plugin: Path, orthanc_executable: Path, first: int
) -> None:
    for seed in range(first, first + 5):
        problem = trial(seed, plugin, orthanc_executable)
        assert problem is None, problem

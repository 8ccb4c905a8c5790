# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from pipeline import project


def test_sources_have_a_date_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert project.source_date(tmp_path) == 315532800  # no repository
    monkeypatch.setenv("PATH", str(tmp_path))
    assert project.source_date() == 315532800  # no git
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    assert project.source_date() == 7

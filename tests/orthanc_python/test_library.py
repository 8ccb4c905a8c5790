# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_python.library import LibraryNotFound, library_path


def test_the_variable_names_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Plugin.so").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORTHANC_PYTHON_LIBRARY", "Plugin.so")
    assert library_path() == tmp_path / "Plugin.so"


def test_a_variable_that_names_no_file_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_LIBRARY", str(tmp_path / "Plugin.so"))
    with pytest.raises(LibraryNotFound, match=r"ORTHANC_PYTHON_LIBRARY names .*Plugin\.so"):
        library_path()

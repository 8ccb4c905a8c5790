# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A second plugin named "python", which Orthanc refuses: the log must name the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orthanc_python.server import OrthancFailed
from tests.support.servers import Servers

pytestmark = pytest.mark.this_machine

REMEDY = "Keep one of them in the folders and files that the option Plugins names"


@pytest.fixture
def other(plugin: Path, tmp_path: Path) -> Path:
    """A plugin named "python" in a folder of its own."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    return Path(shutil.copy(plugin, folder / "libOrthancPython.so"))


def log_of_failure(orthanc: Servers, plugins: list[Path]) -> str:
    """The log of an Orthanc that must refuse these plugins, and must not crash."""
    with pytest.raises(OrthancFailed) as caught:
        orthanc("import orthanc\n", config={"Plugins": [str(path) for path in plugins]})
    assert caught.value.exit_code == 255, caught.value.log
    return caught.value.log


def test_the_library_that_is_loaded_second_names_the_first(
    orthanc: Servers, plugin: Path, other: Path
) -> None:
    other = other.rename(other.with_name("renamed.so"))
    log = log_of_failure(orthanc, [other.parent, plugin])
    assert f'Orthanc has already loaded another plugin named "python", {other}' in log
    assert f"cannot run {plugin.resolve()} beside it. {REMEDY}" in log


def test_the_library_that_is_loaded_first_names_both(
    orthanc: Servers, plugin: Path, other: Path
) -> None:
    upstream = other.rename(other.with_name("OrthancPython-Python3.11-7.1.so"))
    log = log_of_failure(orthanc, [plugin, upstream.parent])
    listed = ", ".join(sorted([str(plugin), str(upstream)]))
    assert f"Plugins leads to: {listed}. {REMEDY}" in log


def test_one_file_that_two_entries_lead_to(orthanc: Servers, plugin: Path, tmp_path: Path) -> None:
    link = tmp_path / "libOrthancPython.so"
    link.symlink_to(plugin)
    log = log_of_failure(orthanc, [plugin, link])
    assert "Plugins leads to: " in log and REMEDY in log


def test_libraries_beside_the_configured_one_do_no_harm(
    orthanc: Servers, plugin: Path, other: Path
) -> None:
    shutil.copy(other, other.with_name("libOrthancPython-other.so"))
    server = orthanc("import orthanc\n", plugin=other)
    assert "Plugins leads to" not in server.log

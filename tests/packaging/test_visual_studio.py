# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The input for Visual Studio, as far as other systems can check it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import visual_studio
from pipeline import project
from pipeline.matrix_file import Matrix


@pytest.mark.parametrize("build", visual_studio.BUILDS, ids=lambda build: build.name)
def test_the_commands_are_the_documented_ones(
    build: visual_studio.Build, full: Matrix, tmp_path: Path
) -> None:
    target, root = full.platform("win_amd64"), Path("C:/Python313")
    configure, compile_ = visual_studio.commands(
        build, tmp_path, "Visual Studio 17 2022", target, root, "3.13"
    )
    page = (project.ROOT / "docs" / "how-to" / "building.md").read_text(encoding="utf-8")
    text = " ".join(configure)
    for option in re.findall(r"-D(\w+)=", text):
        assert f"-D{option}=" in page, option
    assert f"--config {build.config}" in page and build.config in compile_
    assert "-A x64" in text


@pytest.mark.parametrize("build", visual_studio.BUILDS, ids=lambda build: build.name)
def test_each_library_is_loaded_with_both_pythons(build: visual_studio.Build) -> None:
    """PYTHON_WINDOWS_USE_RELEASE_LIBS=OFF is for python_d.exe; the other builds refuse it."""
    works, refuses = visual_studio.loads(build, Path("x.dll"), Path("root"), "3.13")
    debug = (build.config, build.release_libs) == ("Debug", "OFF")
    assert works[-1] == str(Path("root", "python_d.exe" if debug else "python.exe"))
    assert refuses[-3] == str(Path("root", "python.exe" if debug else "python_d.exe"))
    assert refuses[-2:] == ["--refused", f"the plugin needs CPython 3.13{'d' if debug else ''}"]


def test_the_version_comes_from_the_headers(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    with pytest.raises(SystemExit, match=r"holds no Python with its headers: run"):
        visual_studio.version_of(tmp_path)
    (tmp_path / "include/patchlevel.h").write_text(
        '#define PY_VERSION "3.13.9"\n', encoding="utf-8"
    )
    assert visual_studio.version_of(tmp_path) == "3.13"

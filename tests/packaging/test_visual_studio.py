# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The input for Visual Studio, as far as other systems can check it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import visual_studio
from pipeline import project
from pipeline.matrix import Matrix


@pytest.mark.parametrize("build", visual_studio.BUILDS, ids=lambda build: build.name)
def test_the_commands_are_the_documented_ones(
    build: visual_studio.Build, full: Matrix, tmp_path: Path
) -> None:
    target = visual_studio.this_machine(full)
    configure, compile_ = visual_studio.commands(build, tmp_path, "Visual Studio 17 2022", target)
    page = (project.ROOT / "docs" / "building.md").read_text(encoding="utf-8")
    text = " ".join(configure)
    for option in re.findall(r"-D(\w+)=", text):
        assert f"-D{option}=" in page, option
    assert f"--config {build.config}" in page and build.config in compile_
    assert "-A x64" in text


def test_a_library_for_the_debug_python_is_to_be_refused() -> None:
    refused = [build for build in visual_studio.BUILDS if not build.accepts]
    assert [(build.config, build.release_libs) for build in refused] == [("Debug", "OFF")]

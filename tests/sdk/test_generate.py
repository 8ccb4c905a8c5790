# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command generate.py."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import generate


def run(sdk_folder: Path, output: Path) -> None:
    # Without site-packages: a plain CMake build has only the standard library.
    command = [sys.executable, "-S", "-E", str(sdk_folder / "generate.py"), str(output)]
    subprocess.run(command, check=True)


def test_command_writes_all_outputs(sdk_folder: Path, tmp_path: Path) -> None:
    run(sdk_folder, tmp_path)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == set(generate.outputs(sdk_folder))


def test_unchanged_files_are_left_alone(sdk_folder: Path, tmp_path: Path) -> None:
    run(sdk_folder, tmp_path)
    kept, changed = tmp_path / "sdk.hpp", tmp_path / "orthanc.pyi"
    for path in (kept, changed):
        os.utime(path, (1, 1))
    changed.write_text("something else")
    os.utime(changed, (1, 1))
    run(sdk_folder, tmp_path)
    assert kept.stat().st_mtime == 1
    assert changed.stat().st_mtime != 1
    assert changed.read_text() == generate.outputs(sdk_folder)["orthanc.pyi"]


def test_docs_may_be_absent(sdk_folder: Path, tmp_path: Path) -> None:
    for name in ("model.json", "overrides.json"):
        (tmp_path / name).write_bytes((sdk_folder / name).read_bytes())
    outputs = generate.outputs(tmp_path)
    assert "RestApiGet($module, /, uri)" in outputs["functions.cpp"]
    assert outputs["sdk.hpp"] == generate.outputs(sdk_folder)["sdk.hpp"]


def test_source_is_python_3_9(sdk_folder: Path) -> None:
    files = [*sdk_folder.glob("*.py"), *sdk_folder.glob("generator/*.py")]
    assert files
    for file in files:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))

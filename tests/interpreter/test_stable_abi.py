# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own declarations of CPython's ABI, and the table of functions, against real headers."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.pythons import Python, include_folder, installed

HERE = Path(__file__).parent
PLUGIN = HERE.parents[1] / "src" / "plugin"
WITH_HEADERS = [python for python in installed() if include_folder(python) is not None]


def compile_against(
    python: Python, source: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++17", "-fsyntax-only"]
    command += [f"-I{PLUGIN}", f"-isystem{include_folder(python)}", *options, str(source)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_there_is_a_python_to_compare_with() -> None:
    assert WITH_HEADERS


@pytest.mark.parametrize("python", WITH_HEADERS, ids=lambda python: python.name)
def test_structures_and_constants(python: Python) -> None:
    result = compile_against(python, HERE / "check_stable_abi.cpp")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("python", WITH_HEADERS, ids=lambda python: python.name)
def test_the_table_of_functions(python: Python) -> None:
    result = compile_against(
        python, PLUGIN / "interpreter" / "api.cpp", "-DORTHANC_PYTHON_HEADERS=1"
    )
    assert result.returncode == 0, result.stderr


def test_a_wrong_declaration_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "interpreter"
    folder.mkdir()
    abi = (PLUGIN / "interpreter" / "stable_abi.hpp").read_text(encoding="utf-8")
    (folder / "stable_abi.hpp").write_text(abi.replace("  int readonly;\n", ""), encoding="utf-8")
    result = compile_against(WITH_HEADERS[0], HERE / "check_stable_abi.cpp", f"-I{tmp_path}")
    assert result.returncode == 0, "the folder of the plugin comes first"
    command_order = compile_against(
        WITH_HEADERS[0], HERE / "check_stable_abi.cpp", f"-iquote{tmp_path}"
    )
    assert command_order.returncode != 0
    assert "Py_buffer" in command_order.stderr

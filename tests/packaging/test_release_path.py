# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The programs of the release import nothing that only Unix or only the tests have.

tests/windows runs them in a CPython for Windows; this test needs no Wine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pipeline import project

PROGRAMS = sorted((project.ROOT / "packaging").glob("*.py"))
ONLY_ELSEWHERE = ("fcntl", "grp", "pwd", "resource", "termios", "tests")
RUN = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({ONLY_ELSEWHERE!r}))  # None: their import fails
sys.path.insert(0, {str(project.ROOT / "packaging")!r})
sys.argv[1:] = ["--help"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_it_starts_without_them(program: Path) -> None:
    command = [sys.executable, "-c", f"import sys; sys.argv[0] = {str(program)!r}\n{RUN}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout

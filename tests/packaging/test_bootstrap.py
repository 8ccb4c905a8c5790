# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python3 noxfile.py` installs nox for itself, with old versions of pip, too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline import project

from tests.support.commands import run

OLD_PIP = "pip==20.3.4"  # Debian 11 has it


@pytest.mark.skipif(sys.version_info >= (3, 12), reason=f"{OLD_PIP} does not run on this Python")
@pytest.mark.parametrize("user", ["0", "1"], ids=["", "pip installs for the user"])
def test_bootstrap_with_an_old_pip(tmp_path: Path, user: str) -> None:
    environment = tmp_path / "environment"
    run([sys.executable, "-m", "virtualenv", "-q", str(environment)])
    python = environment / "bin" / "python"
    run([python, "-m", "pip", "install", "-q", OLD_PIP])
    shutil.copy(project.ROOT / "noxfile.py", tmp_path)
    done = subprocess.run(
        [python, "noxfile.py", "--version"],
        cwd=tmp_path,
        env={**os.environ, "PIP_USER": user},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".nox" / "bootstrap" / "ready").exists()

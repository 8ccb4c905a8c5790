# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documentation site, built once."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The options of the session `docs`; nox itself is not installed here.
OPTIONS = re.search(r"^SPHINX = (\[.*\])$", (ROOT / "noxfile.py").read_text("utf-8"), re.MULTILINE)
assert OPTIONS is not None
SPHINX: list[str] = ast.literal_eval(OPTIONS[1])


def build(pages: Path, output: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the session `docs` of nox."""
    state = output.with_name(f"{output.name}-doctrees")
    command = [sys.executable, "-m", "sphinx", *SPHINX, "-d", str(state), str(pages), str(output)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site."""
    output = tmp_path_factory.mktemp("site") / "html"
    done = build(ROOT / "docs", output)
    assert done.returncode == 0, done.stderr
    return output

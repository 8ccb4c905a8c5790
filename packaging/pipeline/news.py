# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Release notes: the entry of a version in CHANGELOG.md, or a draft by towncrier."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from . import project


def notes(version: str, date: str, table: str, root: Path = project.ROOT) -> str:
    """The text of a release."""
    changes = entry(version, root) or _draft(version, date, root)
    return f"{changes.strip()}\n\n### Which file fits\n\n{table}\n"


def entry(version: str, root: Path) -> str:
    """The section of CHANGELOG.md about a version, or "" if there is none yet."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"(?ms)^## {re.escape(version)} .*?(?=^## |\Z)", changelog)
    return found[0] if found is not None else ""


def fragments(root: Path = project.ROOT) -> list[str]:
    """The names of the fragments that no release has yet."""
    return sorted(path.name for path in (root / "news").glob("*.md"))


def _draft(version: str, date: str, root: Path) -> str:
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--dir", str(root)]
    command += ["--version", version, "--date", date]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise ValueError(f"towncrier cannot write the release notes: {done.stderr.strip()}")
    return done.stdout

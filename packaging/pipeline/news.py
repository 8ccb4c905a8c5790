# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Release notes, from CHANGELOG.md or as a draft by towncrier, and lost news fragments."""

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


def lost(root: Path = project.ROOT) -> list[str]:
    """The fragments that a commit has deleted without a reason, and that no later commit restored.

    A release moves them to CHANGELOG.md. Other reasons are that the commit also changes the text of
    another fragment, or that its message names the deleted one.
    """
    files = ["news", "CHANGELOG.md"]
    log = ["log", "--reverse", "--topo-order", "--full-history", "--no-merges"]
    log += ["--find-renames", "--name-status", "--format=%x00%B%x01", "--", *files]
    gone: dict[str, bool] = {}  # whether there is a reason, for all fragments so far
    for commit in project.git(root, *log).split("\0")[1:]:
        message, _, changes = commit.partition("\1")
        rows = [line.split("\t") for line in changes.split("\n") if line]
        moved = any(kind == "M" for kind, *_ in rows)
        for kind, *paths in rows:
            gone[paths[0]] = kind[0] == "R" or (kind == "D" and (moved or paths[0] in message))
            gone.update(dict.fromkeys(paths[1:], False))
    here = project.git(root, "ls-tree", "-r", "--name-only", "HEAD", *files).splitlines()
    return sorted(path for path, why in gone.items() if not why and path not in here)


def _draft(version: str, date: str, root: Path) -> str:
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--dir", str(root)]
    command += ["--version", version, "--date", date]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise ValueError(f"towncrier cannot write the release notes: {done.stderr.strip()}")
    return done.stdout

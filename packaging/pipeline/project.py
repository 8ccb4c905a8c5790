# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The project to package: its folder, version, date and sources."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
NAME = "orthanc-python"


def version(root: Path = ROOT) -> str:
    """The version in pyproject.toml, the only place that defines it."""
    found: str = read_toml(root / "pyproject.toml")["project"]["version"]
    return found


def dependencies() -> list[str]:
    """The packages that pip installs with the wheel, as requirements."""
    found: list[str] = read_toml(ROOT / "pyproject.toml")["project"]["dependencies"]
    return found


def repository(root: Path = ROOT) -> str:
    """The address of the repository."""
    found: str = read_toml(root / "pyproject.toml")["project"]["urls"]["Repository"]
    return found


def license_expression() -> str:
    """The license of the wheels, as SPDX expression."""
    found: str = read_toml(ROOT / "pyproject.toml")["project"]["license"]
    return found


def license_files() -> list[Path]:
    """The license and the notices of the libraries that the plugin contains."""
    patterns = read_toml(ROOT / "pyproject.toml")["project"]["license-files"]
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as dictionaries."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def source_date(root: Path = ROOT) -> int:
    """The date of the files of a release: SOURCE_DATE_EPOCH, else the date of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    try:
        return int(git(root, "log", "-1", "--format=%ct"))
    except (OSError, subprocess.CalledProcessError, ValueError):  # no git, or no repository
        return 315532800  # Zip archives have no year before 1980.


def git(root: Path, *arguments: str) -> str:
    """The output of git in the repository of a folder."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def day(epoch: int) -> str:
    """The date in UTC, as 2026-01-31."""
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%d")

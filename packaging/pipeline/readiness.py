# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reasons not to release: each is cheap to find before the builds, and costly after them."""

from __future__ import annotations

import os
from pathlib import Path

from packaging.version import Version

from . import news, project


def problems(tag: str, root: Path = project.ROOT) -> list[str]:
    """One line for each reason, with its remedy."""
    version = project.version(root)
    found = []
    if tag != f"v{version}":
        found.append(f"The tag {tag} is not v{version}, the version in pyproject.toml")
    if Version(version).is_devrelease:
        found.append(f"{version} is a development version: set the version in pyproject.toml")
    how = f"run `towncrier build --version {version}` and commit its changes"
    if not news.entry(version, root):
        found.append(f"CHANGELOG.md has no entry for {version}: {how}")
    left = news.fragments(root)
    if left:
        found.append(f"CHANGELOG.md lacks {', '.join(left)} of news/: {how}")
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if name and f"{server}/{name}" != project.repository(root):
        found.append(
            f"{server}/{name} is not {project.repository(root)}, to which the links of the "
            "release lead: correct Repository in pyproject.toml"
        )
    return found

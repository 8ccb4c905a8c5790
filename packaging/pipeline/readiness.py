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
    found = lost_news(root)
    if tag != f"v{version}":
        found.append(f"The tag {tag} is not v{version}, the version in pyproject.toml")
    if Version(version).is_devrelease:
        found.append(f"{version} is a development version: set the version in pyproject.toml")
    elif not Version(version).is_prerelease:  # the notes of a candidate are a draft
        found += _unreleased_news(version, root)
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if name and f"{server}/{name}" != project.repository(root):
        found.append(
            f"{server}/{name} is not {project.repository(root)}, to which the links of the "
            "release lead: correct Repository in pyproject.toml"
        )
    return found


def lost_news(root: Path = project.ROOT) -> list[str]:
    """News fragments that were deleted although no release has them."""
    if project.git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        return ["The history of news/ is not here: run `git fetch --unshallow`"]
    return [
        f"{path} was deleted, and no other file has its text: restore it (`git log -- {path}` "
        "shows the commit), or name it in the message of a commit that deletes it"
        for path in news.lost(root)
    ]


def _unreleased_news(version: str, root: Path) -> list[str]:
    left = news.fragments(root)
    if news.entry(version, root) and not left:
        return []
    lacks = f"{len(left)} fragments of news/, such as {left[0]}" if left else "an entry for it"
    return [
        f"CHANGELOG.md lacks {lacks}: run `towncrier build --yes --version {version}` and commit "
        "its changes"
    ]

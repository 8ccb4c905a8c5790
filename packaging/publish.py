# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publish a release on GitHub, or complete one that was interrupted.

    python packaging/publish.py TAG FOLDER

The release stays a draft until all files are there. A file that is published is never replaced.
Needs gh, with a token in GH_TOKEN.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.version import Version


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tag")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    release = existing(options.tag)
    if release is None:
        notes = str(options.folder / "RELEASE-NOTES.md")
        create = ["create", options.tag, "--draft", "--verify-tag", "--title", options.tag]
        gh(*create, "--notes-file", notes)
        release = {"assets": []}
    files = sorted(path for path in options.folder.iterdir() if path.is_file())
    published = {asset["name"]: asset["digest"] for asset in release["assets"]}
    missing = [path for path in files if published.get(path.name) != digest(path)]
    changed = [path.name for path in missing if path.name in published]
    if changed and not release.get("isDraft", True):
        names = ", ".join(changed)
        print(
            f"{options.tag} is published with other files: {names}. Release a new version, "
            "or run again the failed jobs only, which use the files of their own run",
            file=sys.stderr,
        )
        return 1
    if missing:
        gh("upload", options.tag, "--clobber", *map(str, missing))
    early = Version(options.tag).is_prerelease
    state = ["--draft=false", f"--prerelease={str(early).lower()}"]
    gh("edit", options.tag, *state, *([] if early else ["--latest"]))
    return 0


def existing(tag: str) -> dict[str, Any] | None:
    """The release of a tag, also a draft."""
    command = ["gh", "release", "view", tag, "--json", "isDraft,assets"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if "release not found" in done.stderr:
            return None
        raise SystemExit(f"gh release view: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def digest(path: Path) -> str:
    """The checksum of a file, as GitHub states it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def gh(*arguments: str) -> None:
    """Run `gh release`."""
    subprocess.run(["gh", "release", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build the published documentation: a site for each version, and the list of the switcher.

    python packaging/build_documentation.py build/pages

/dev/ is the commit that is checked out, /8.0/ the newest tag v8.0.*, /stable/ the newest of these.
Each version is built with its own `noxfile.py -s docs`. Needs git, with all tags.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import project

RELEASE = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
REDIRECT = '<!doctype html><meta charset="utf-8"><title>Documentation</title>\n'
REDIRECT += '<meta http-equiv="refresh" content="0; url={0}/"><a href="{0}/">Documentation</a>\n'


@dataclass(frozen=True)
class Version:
    """A version of the documentation."""

    name: str  # in the address: 8.0
    commit: str  # v8.0.3


def releases(tags: Iterable[str]) -> list[Version]:
    """The newest tag of each minor release, newest first; pre-releases have no documentation."""
    numbers = sorted(
        tuple(int(part) for part in found.groups())
        for tag in tags
        if (found := RELEASE.fullmatch(tag)) is not None
    )
    newest = {(major, minor): patch for major, minor, patch in numbers}
    return [
        Version(f"{major}.{minor}", f"v{major}.{minor}.{patch}")
        for (major, minor), patch in sorted(newest.items(), reverse=True)
    ]


def switcher(versions: list[Version], site: str) -> str:
    """The list that pages of all versions load."""
    entries = [{"version": "dev", "url": f"{site}dev/"}]
    for index, version in enumerate(versions):
        entry = {"version": version.name, "url": f"{site}{version.name}/"}
        if index == 0:
            entry = {**entry, "name": f"{version.name} (stable)", "url": f"{site}stable/"}
        entries.append(entry)
    return json.dumps(entries, indent=1) + "\n"


def git(root: Path, *arguments: str) -> str:
    """The output of git."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def has_documentation(root: Path, version: Version) -> bool:
    """Whether the tag has a site: the first tags may lack it."""
    return bool(git(root, "ls-tree", "--name-only", version.commit, "docs/conf.py").strip())


def build(root: Path, version: Version, output: Path) -> None:
    """Build one version into `output`."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "sources"
        git(root, "worktree", "add", "--detach", "--quiet", str(sources), version.commit)
        try:
            environment = {"DOCS_VERSION": version.name, "DOCS_COMMIT": version.commit}
            command = [sys.executable, "noxfile.py", "-s", "docs"]
            subprocess.run(command, cwd=sources, env={**os.environ, **environment}, check=True)
            shutil.copytree(sources / "build" / "docs", output)
        finally:
            git(root, "worktree", "remove", "--force", str(sources))


def publish(root: Path, output: Path, site: str) -> None:
    """Build all versions into an empty folder."""
    found = releases(git(root, "tag", "--list", "v*").split())
    versions = [version for version in found if has_documentation(root, version)]
    commit = git(root, "rev-parse", "HEAD").strip()
    for version in [Version("dev", commit), *versions]:
        build(root, version, output / version.name)
    if versions:
        shutil.copytree(output / versions[0].name, output / "stable")
    (output / "switcher.json").write_text(switcher(versions, site), encoding="utf-8")
    first = "stable" if versions else "dev"
    (output / "index.html").write_text(REDIRECT.format(first), encoding="utf-8")


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path, help="a folder that does not exist yet")
    output: Path = parser.parse_args().output
    if output.exists():
        print(f"{output} exists: name another folder, or remove it", file=sys.stderr)
        return 2
    output.mkdir(parents=True)
    urls = project.read_toml(project.ROOT / "pyproject.toml")["project"]["urls"]
    publish(project.ROOT, output, urls["Documentation"])
    return 0


if __name__ == "__main__":
    sys.exit(main())

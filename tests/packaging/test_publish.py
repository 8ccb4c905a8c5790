# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A release on GitHub is complete or a draft, also after an interruption."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pipeline import project

# Keeps one release in a file, as GitHub does; FAIL names the command that fails.
GH = """\
#!{python}
import hashlib, json, os, pathlib, sys
state = pathlib.Path(os.environ["STATE"])
_, command, tag, *rest = sys.argv[1:]
if command == os.environ.get("FAIL"):
    sys.exit(1)
if command == "view" and not state.exists():
    sys.exit("release not found")
release = json.loads(state.read_text()) if state.exists() else {{"assets": {{}}, "isDraft": True}}
if command == "view":
    assets = [{{"name": name, "digest": one}} for name, one in release["assets"].items()]
    print(json.dumps({{"isDraft": release["isDraft"], "assets": assets}}))
elif command == "create":
    assert "--draft" in rest and not state.exists()
elif command == "upload":
    for path in map(pathlib.Path, rest[1:]):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        release["assets"][path.name] = "sha256:" + digest
elif command == "edit":
    release.update(isDraft="--draft=false" not in rest, prerelease="--prerelease=true" in rest)
    release["latest"] = "--latest" in rest
state.write_text(json.dumps(release))
"""


class GitHub:
    """A stand-in for GitHub, and the folder of a release."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state.json"
        self.release = folder / "release"
        self.release.mkdir()
        for name in ("RELEASE-NOTES.md", "SHA256SUMS", "x.dll"):
            (self.release / name).write_text(name, encoding="utf-8")
        self._programs = folder / "bin"
        self._programs.mkdir()
        (self._programs / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
        (self._programs / "gh").chmod(0o755)

    def publish(self, tag: str = "v9.0.0", **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        program = str(project.ROOT / "packaging" / "publish.py")
        return subprocess.run(
            [sys.executable, program, tag, str(self.release)],
            env={**os.environ, "PATH": path, "STATE": str(self.state), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def published(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


@pytest.mark.parametrize(("tag", "early"), [("v9.0.0", False), ("v9.0.0rc1", True)])
def test_a_candidate_does_not_become_the_latest(github: GitHub, tag: str, early: bool) -> None:
    assert github.publish(tag).returncode == 0
    assert set(github.published["assets"]) == {"RELEASE-NOTES.md", "SHA256SUMS", "x.dll"}
    assert github.published["isDraft"] is False
    assert github.published["prerelease"] is early
    assert github.published["latest"] is not early


@pytest.mark.parametrize("step", ["create", "upload", "edit"])
def test_an_interrupted_release_is_completed(github: GitHub, step: str) -> None:
    assert github.publish(FAIL=step).returncode != 0
    assert not github.state.exists() or github.published["isDraft"] is True
    assert github.publish().returncode == 0
    assert len(github.published["assets"]) == 3
    assert github.published["isDraft"] is False


def test_a_published_file_is_not_replaced(github: GitHub) -> None:
    assert github.publish().returncode == 0
    before = github.published
    assert github.publish().returncode == 0
    (github.release / "x.dll").write_text("another build", encoding="utf-8")
    done = github.publish()
    assert done.returncode == 1
    assert "v9.0.0 is published with other files: x.dll" in done.stderr
    assert github.published == before


def test_a_failing_server_is_not_taken_for_a_missing_release(github: GitHub) -> None:
    done = github.publish(FAIL="view")
    assert done.returncode == 1
    assert not github.state.exists()

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tools of a release are locked, and a workflow proposes newer ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from pipeline import project

from packaging.requirements import Requirement

LOCKS = sorted((project.ROOT / "packaging" / "requirements").glob("*.txt"))
GROUPS = project.read_toml(project.ROOT / "pyproject.toml")["dependency-groups"]


def wanted(group: str) -> list[Requirement]:
    """The requirements of a group and of the groups that it includes."""
    found = []
    for item in GROUPS[group]:
        found += wanted(item["include-group"]) if isinstance(item, dict) else [Requirement(item)]
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_the_lock_of_a_group_satisfies_it(lock: Path) -> None:
    text = re.sub(r"(?m)^ *#.*\n", "", lock.read_text(encoding="utf-8")).replace("\\\n", "")
    pins: dict[str, list[str]] = {}
    for line in text.splitlines():
        pinned, hashes = line.split("--hash", 1)
        found = re.fullmatch(r"([\w.-]+)==(\S+) *(;.*)?", pinned.strip())
        assert found is not None, pinned
        assert re.fullmatch(r"(=sha256:[0-9a-f]{64}\s*(--hash)?)+", hashes), pinned
        pins.setdefault(canonicalize_name(found[1]), []).append(found[2])
    for requirement in wanted(lock.stem):
        if requirement.marker and not requirement.marker.evaluate({"python_version": "3.13"}):
            continue  # the workflows use 3.13
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{lock.name} lacks {requirement}: nox -s lock"
        assert all(requirement.specifier.contains(one) for one in versions), requirement


def test_a_wheel_is_built_with_locked_tools() -> None:
    described = project.read_toml(project.ROOT / "pyproject.toml")
    settings = described["tool"]["cibuildwheel"]
    locked = "python -m pip install --require-hashes -r {project}/packaging/requirements/build.txt"
    assert settings["before-build"] == settings["before-test"] == locked
    assert "test-requires" not in settings
    assert "--no-isolation" in settings["build-frontend"]
    required = described["build-system"]["requires"]
    assert set(required) <= {str(one) for one in wanted("build")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of a repository with one lock, and a `gh` that records its calls."""
    origin, clone, programs = (tmp_path / name for name in ("origin", "clone", "bin"))
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    (clone / "lock.txt").write_text("old\n", encoding="utf-8")
    git(clone, "add", "lock.txt")
    git(clone, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "First")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    programs.mkdir()
    record = tmp_path / "calls"
    gh = programs / "gh"
    gh.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"calls = open({str(record)!r}, 'a+')\ncalls.write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "calls.seek(0)\n"
        "if 'list' in sys.argv and '\"create\"' in calls.read(): print('https://x/1')\n",
        encoding="utf-8",
    )
    gh.chmod(0o755)
    return clone


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def propose(checkout: Path) -> list[list[str]]:
    """Run the program; return all calls of `gh` so far."""
    program = str(project.ROOT / "packaging" / "open_pull_request.py")
    path = f"{checkout.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, program, "locks/x", "Renew", "lock.txt"]
    subprocess.run(command, cwd=checkout, env={**os.environ, "PATH": path}, check=True)
    calls = checkout.parent / "calls"
    lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    return [json.loads(line) for line in lines]


def test_an_unchanged_lock_is_not_proposed(checkout: Path) -> None:
    (checkout / "other.txt").write_text("a download\n", encoding="utf-8")
    assert propose(checkout) == []
    assert git(checkout, "ls-remote", "--heads", "origin", "locks/x") == ""


def test_a_changed_lock_is_proposed_once_and_then_renewed(checkout: Path) -> None:
    (checkout / "other.txt").write_text("a download\n", encoding="utf-8")
    for content in ("new", "newer"):
        git(checkout, "switch", "--quiet", "main")
        (checkout / "lock.txt").write_text(f"{content}\n", encoding="utf-8")
        calls = propose(checkout)
        proposed = ["-C", str(checkout.parent / "origin"), "show", "locks/x:lock.txt"]
        assert git(checkout, *proposed) == content
    assert [call[:2] for call in calls].count(["pr", "create"]) == 1
    changed = git(checkout, "diff", "--name-only", "main", "locks/x")
    assert changed == "lock.txt"

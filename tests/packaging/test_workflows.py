# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The workflows contain no logic, and use nothing that is not pinned."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipeline import project

WORKFLOWS = sorted((project.ROOT / ".github" / "workflows").glob("*.yml"))
pytestmark = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def scripts(text: str) -> list[str]:
    """The commands that the steps run."""
    blocks = re.findall(r"^( +)(?:- )?run: [>|]-?\n((?:\1  .*\n|\1    .*\n)+)", text, re.MULTILINE)
    lines = re.findall(r"^ +(?:- )?run: ([^>|\n].*)$", text, re.MULTILINE)
    return lines + [" ".join(block.split()) for _, block in blocks]


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The steps of all jobs: the name of the job, and the step."""
    for key, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
        for step in job.get("steps", []):
            yield key, step


def test_each_action_is_pinned(path: Path) -> None:
    for used in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
        local = used.startswith("$/.github/workflows/")
        assert local or re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_nothing_is_permitted_by_default(path: Path) -> None:
    assert "\npermissions: {}\n" in path.read_text(encoding="utf-8")


def test_no_expression_gets_into_a_shell(path: Path) -> None:
    assert not [script for script in scripts(path.read_text(encoding="utf-8")) if "${{" in script]


def test_each_step_is_one_command_that_exists(path: Path) -> None:
    for script in scripts(path.read_text(encoding="utf-8")):
        assert not re.search(r"\bif \[|\bfor \w+ in\b|&&|;", script), script
        for program in re.findall(r"\b(packaging/\S+\.py|\.ci/run)", script):
            assert (project.ROOT / program).is_file(), program


def test_each_option_is_understood(path: Path) -> None:
    """A typing mistake in a workflow would otherwise fail only on GitHub."""
    sys.path.insert(0, str(project.ROOT / "packaging"))
    for script in scripts(path.read_text(encoding="utf-8")):
        for program, rest in re.findall(r"(packaging/\S+\.py)([^)]*)", script):
            source = (project.ROOT / program).read_text(encoding="utf-8")
            for option in re.findall(r"(?<!\w)--[a-z-]+", rest):
                assert f'"{option}"' in source, f"{program} has no {option}"


def test_packages_that_pip_installs_are_locked_by_hash(path: Path) -> None:
    for script in scripts(path.read_text(encoding="utf-8")):
        if "pip install" in script:
            found = re.fullmatch(r"python -m pip install --require-hashes -r (\S+)", script)
            assert found is not None, script
            assert (project.ROOT / found[1]).is_file(), script


def test_a_job_that_runs_again_replaces_its_artifacts(path: Path) -> None:
    """GitHub keeps the artifacts of the first attempt, and refuses others of the same name."""
    for _, step in steps(path):
        if step.get("uses", "").startswith("actions/upload-artifact@"):
            assert step["with"].get("overwrite") is True, step["with"]["name"]


def test_root_uses_the_python_of_the_job(path: Path) -> None:
    """Ubuntu's sudo replaces PATH in spite of --preserve-env."""
    for script in scripts(path.read_text(encoding="utf-8")):
        if re.search(r"\bsudo\b", script) and not script.startswith("sudo apt-get "):
            assert script.startswith('sudo env "PATH=$PATH" '), script


def test_apt_knows_the_newest_packages_before_it_installs_any(path: Path) -> None:
    updated = set()
    for key, step in steps(path):
        if "apt-get update" in step.get("run", ""):
            updated.add(key)
        assert key in updated or "apt-get install" not in step.get("run", ""), step["run"]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The jobs and steps of GitHub's workflows, read from their YAML files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pipeline.project import ROOT

from .expressions import evaluate

FOLDER = ROOT / ".github" / "workflows"
_LOCAL = "$/.github/workflows/"


def load(name: str) -> dict[str, Any]:
    """A workflow; its jobs are in the order in which they can run."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    data["jobs"] = {job: data["jobs"][job] for job in _ordered(data["jobs"])}
    return data


def _ordered(jobs: dict[str, Any]) -> Iterator[str]:
    done: list[str] = []
    while len(done) < len(jobs):
        ready = [name for name in jobs if name not in done and set(needs(jobs[name])) <= set(done)]
        if not ready:
            raise ValueError(f"Jobs need each other: {', '.join(set(jobs) - set(done))}")
        done.append(ready[0])
        yield ready[0]


def needs(job: dict[str, Any]) -> list[str]:
    """The jobs that must have succeeded."""
    wanted = job.get("needs", [])
    return [wanted] if isinstance(wanted, str) else list(wanted)


def called(job: dict[str, Any]) -> str:
    """The workflow that a job calls, or ""."""
    used = str(job.get("uses", ""))
    return Path(used[len(_LOCAL) :]).name if used.startswith(_LOCAL) else ""


def rows(job: dict[str, Any], context: dict[str, Any]) -> list[dict[str, Any]]:
    """The combinations of a job's matrix; one without values if it has none."""
    matrix = evaluate(job.get("strategy", {}).get("matrix", {}), context)
    if "include" in matrix:
        return list(matrix["include"])
    return [dict(zip(matrix, values)) for values in itertools.product(*matrix.values())]


def title(step: dict[str, Any]) -> str:
    """A step in a table."""
    text = step.get("name") or step.get("run") or str(step.get("uses", "")).partition("@")[0]
    return " ".join(str(text).split())


def all_steps(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """All steps of a workflow and of those that it calls: name of the job, job, step."""
    for key, job in load(name)["jobs"].items():
        if called(job):
            yield from all_steps(called(job))
        for step in job.get("steps", []):
            yield f"{name}: {key}", job, step

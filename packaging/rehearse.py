# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run the workflow of a release on this machine, and show a table of its steps.

    python packaging/rehearse.py                       the dry run of a branch; as root
    python packaging/rehearse.py --tag                 the release of the tag v<version>
    python packaging/rehearse.py --python cp311        the libraries for one Python only
    python packaging/rehearse.py --skip noxfile --skip .ci/run

Reads release.yml and the workflows that it calls, and runs the steps in their order, with folders
for GitHub's artifacts. Files that only other systems can build are replaced by stand-ins. The exit
code is 1 if a step failed that this machine can run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import project
from rehearsal import workflow
from rehearsal.expressions import evaluate, expression, text
from rehearsal.machine import NEEDS_GITHUB, Job, Machine, NoEquivalent, fill

FAILED = "FAILED"


@dataclass
class Rehearsal:
    """The steps so far, and the machine that runs them."""

    machine: Machine
    skip: list[str]
    stand_ins: Path | None  # a wheel: nothing is built, its library stands in for all
    tag: bool = False  # a tag started the workflow, not a maintainer
    table: list[tuple[str, str, str]] = field(default_factory=list)

    def run(self, name: str, inputs: dict[str, Any], label: str = "") -> dict[str, Any]:
        """Run the jobs of a workflow; return the outputs of each."""
        done: dict[str, Any] = {}
        failed: set[str] = set()
        left_out: set[str] = set()
        for key, job in workflow.load(name)["jobs"].items():
            context = {"inputs": inputs, "needs": done, "github": github(self.tag), "secrets": {}}
            before = len(self.table)
            if failed & set(workflow.needs(job)):
                self.note(label + key, "", "not reached")
            elif left_out & set(workflow.needs(job)) and "if" not in job:
                self.note(label + key, "", "left out: as a job that it needs")
                left_out.add(key)
            elif "if" in job and not expression(job["if"].strip("${} "), context):
                self.note(label + key, "", f"left out: if {job['if']}")
                left_out.add(key)
            elif workflow.called(job):
                given = evaluate(job.get("with", {}), context)
                self.run(workflow.called(job), given, f"{label}{key}/")
                done[key] = {"outputs": {}, "result": "success"}
            else:
                done[key] = {"outputs": self.job(label + key, job, context), "result": "success"}
            if any(result.startswith((FAILED, "not")) for _, _, result in self.table[before:]):
                failed.add(key)
        return done

    def job(self, label: str, job: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
        """Run all rows of a job; return its outputs."""
        outputs: dict[str, Any] = {}
        for row in workflow.rows(job, context):
            values = {**context, "matrix": self.machine.reduce(row), "steps": {}}
            title = f"{label} ({row['platform']})" if "platform" in row else label
            reason = self.machine.why_not(text(evaluate(job["runs-on"], values)), job)
            if self.stand_ins is not None and "build" in row:
                reason = reason or "stand-in"
            if reason:
                for step in job["steps"]:
                    self.note(title, workflow.title(step), reason)
                self.replace(job, values)
            else:
                self.steps(title, job, values)
            outputs.update(evaluate(job.get("outputs", {}), values))
        return outputs

    def replace(self, job: dict[str, Any], values: dict[str, Any]) -> None:
        """Write stand-ins for the files that a job of another machine uploads."""
        for step in job["steps"]:
            name = text(evaluate(step.get("with", {}).get("name", ""), values))
            wheel = self.wheel()
            if wheel and "upload-artifact" in step.get("uses", "") and name.startswith("built-"):
                fill(self.machine.artifacts / name, values["matrix"]["platform"], wheel)

    def wheel(self) -> Path | None:
        """A wheel that was built here; None if the build failed."""
        found = [self.stand_ins, *self.machine.artifacts.glob("built-*/*-py3-none-manylinux*.whl")]
        return next((path for path in found if path is not None), None)

    def steps(self, title: str, job: dict[str, Any], values: dict[str, Any]) -> None:
        """Run the steps of a job up to the first failure."""
        place = Job(self.machine.folder / "jobs" / str(len(self.table)))
        failed = False
        for step in job["steps"]:
            name = workflow.title(step)
            if failed:
                self.note(title, name, "not reached")
                continue
            started = time.monotonic()
            print(f"::: {title}: {name}", flush=True)
            try:
                result = self.step(step, values, place)
            except (NoEquivalent, subprocess.CalledProcessError, OSError) as error:
                failed = not evaluate(step.get("continue-on-error", False), values)
                result = f"{FAILED}: {error}" if failed else "ran and failed, as allowed"
            seconds = time.monotonic() - started
            self.note(title, name, f"ran ({seconds:.0f} s)" if result == "ran" else result)

    def step(self, step: dict[str, Any], values: dict[str, Any], place: Job) -> str:
        """Run a step; return its result for the table."""
        if "if" in step and not expression(step["if"].strip("${} "), values):
            return f"left out: if {step['if']}"
        if step.get("uses", "").partition("@")[0] in NEEDS_GITHUB or "github.token" in str(step):
            return "needs GitHub"
        if any(part in workflow.title(step) for part in self.skip):
            return "left out: --skip"
        if "uses" in step:
            self.machine.action(evaluate(step, values), place)
            return "ran"
        given = {key: text(value) for key, value in evaluate(step.get("env", {}), values).items()}
        environment = {**self.machine.environment(place), **given}
        environment["GITHUB_OUTPUT"] = str(place.output)
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        folder = place.workspace / step.get("working-directory", ".")
        subprocess.run(shell, cwd=folder, env=environment, check=True)
        if "id" in step:
            values["steps"][step["id"]] = {"outputs": place.outputs()}
        if "cibuildwheel" in step["run"]:  # the Pythons that this machine lacks
            made = place.workspace / "wheelhouse"
            fill(made, values["matrix"]["platform"], next(made.glob("*.whl")))
        return "ran"

    def under_wine(self) -> None:
        """Run the Python programs of the Windows steps in a Windows CPython, if pytest is here."""
        title, tests = "Python of the Windows steps", "tests/windows/test_workflow_steps.py"
        if any(one in tests for one in self.skip):
            self.note(title, tests, "left out: --skip")
            return
        if importlib.util.find_spec("pytest") is None:
            self.note(title, tests, "left out: needs pytest")
            return
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", tests]
        environment = {**os.environ, "PYTHONPATH": str(project.ROOT / "src")}
        code = subprocess.run(command, cwd=project.ROOT, env=environment, check=False).returncode
        self.note(title, tests, "ran under Wine" if code == 0 else f"{FAILED}: see above")

    def note(self, job: str, step: str, result: str) -> None:
        """Add a line to the table."""
        self.table.append((job, step, result))


def github(tagged: bool) -> dict[str, str]:
    """The context of a run that the tag of a release has started, or a maintainer."""
    if not tagged:
        return {"event_name": "workflow_dispatch", "ref_type": "branch", "ref_name": "main"}
    tag = f"v{project.version()}"
    return {"event_name": "push", "ref_type": "tag", "ref_name": tag, "ref": f"refs/tags/{tag}"}


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tag", action="store_true", help="not the dry run of a branch")
    parser.add_argument("--python", default="", help="tags of packaging/matrix.toml, with commas")
    parser.add_argument("--skip", action="append", default=[], help="text of steps to leave out")
    parser.add_argument("--stand-ins", type=Path, metavar="WHEEL", help="build nothing")
    parser.add_argument("--folder", type=Path, default=project.ROOT / "build" / "rehearsal")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    machine = Machine(options.folder.absolute(), [one for one in options.python.split(",") if one])
    rehearsal = Rehearsal(machine, options.skip, options.stand_ins, options.tag)
    rehearsal.run("release.yml", {"dry-run": not options.tag})
    rehearsal.under_wine()
    show(rehearsal.table)
    return 1 if any(result.startswith(FAILED) for _, _, result in rehearsal.table) else 0


def show(table: list[tuple[str, str, str]]) -> None:
    """Print the steps and how many had each result."""
    rows = [("job", "step", "result"), *table]
    width = max(len(row[0]) for row in rows)
    for job, step, result in rows:
        print(f"{job:{width}}  {step[:60]:60}  {result}")
    counts = Counter(result.partition(" (")[0].partition(":")[0] for _, _, result in table)
    print("; ".join(f"{result}: {count}" for result, count in sorted(counts.items())))


if __name__ == "__main__":
    sys.exit(main())

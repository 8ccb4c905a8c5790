# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rehearsal of a release: each step of the workflows has its place in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
import rehearse
from pipeline import names, project
from pipeline.matrix_file import Matrix
from rehearsal import workflow
from rehearsal.expressions import evaluate
from rehearsal.machine import NEEDS_GITHUB, Machine

from orthanc_python import official_binaries
from tests.packaging.conftest import make_wheel
from tests.support import web

LINUX = "manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("${{ inputs.minimal && '--minimal' || '' }}", "--minimal"),
        ("${{ github.ref_type == 'tag' && github.ref_name || '' }}", "v1"),
        ("${{ github.event_name == 'push' || !inputs.dry }}", True),
        ("${{ fromJSON(needs.matrix.outputs.build) }}", {"include": [1]}),
        ("built-${{ needs.none.outputs.name }}-${{ inputs.minimal }}", "built--true"),
        ({"with": ["${{ inputs.minimal }}", 3]}, {"with": [True, 3]}),
    ],
)
def test_expressions_are_evaluated_as_on_github(source: object, result: object) -> None:
    context = {
        "inputs": {"minimal": True, "dry": True},
        "github": {"ref_type": "tag", "ref_name": "v1", "event_name": "push"},
        "needs": {"matrix": {"outputs": {"build": '{"include": [1]}'}}},
    }
    assert evaluate(source, context) == result


def test_an_unknown_expression_is_named() -> None:
    with pytest.raises(ValueError, match=r"does not understand '~ 1'"):
        evaluate("${{ a ~ 1 }}", {})


def test_a_job_runs_after_the_jobs_that_it_needs() -> None:
    jobs = workflow.load("release.yml")["jobs"]
    order = list(jobs)
    for name, job in jobs.items():
        assert all(order.index(one) < order.index(name) for one in workflow.needs(job))


def test_nothing_is_published_before_lint_tests_and_smoke_tests() -> None:
    jobs = workflow.load("release.yml")["jobs"]

    def before(name: str) -> set[str]:
        return set(workflow.needs(jobs[name])).union(*map(before, workflow.needs(jobs[name])))

    for publishing in ("pypi", "github", "docker"):
        assert {"ready", "checks", "build", "sign", "smoke", "assemble"} <= before(publishing)


class Recorded(rehearse.Rehearsal):
    """A rehearsal that runs no command of a step, except those that print a matrix."""

    def step(self, step: dict, values: dict, place: object) -> str:  # type: ignore[type-arg]
        if "matrix.py github" in step.get("run", ""):
            kind = step["run"].partition("github ")[2].split()[0]
            program = str(project.ROOT / "packaging" / "matrix.py")
            answer = subprocess.run(
                [sys.executable, program, "github", kind], stdout=subprocess.PIPE, check=True
            )
            values["steps"][step["id"]] = {"outputs": {kind: answer.stdout.decode()}}
        used = step.get("uses", "").partition("@")[0]
        return "needs GitHub" if used in NEEDS_GITHUB else "ran"


@pytest.mark.skipif(sys.platform != "linux", reason="plays GitHub's machines on Linux")
def test_every_step_has_a_result(full: Matrix, tmp_path: Path) -> None:
    """A step or action that the rehearsal does not know would fail it."""
    wheel = make_wheel(tmp_path, full.platform(LINUX), b"library", project.version())
    rehearsal = Recorded(Machine(tmp_path / "machine", []), [], wheel, tag=True)
    (tmp_path / "machine").mkdir(exist_ok=True)
    rehearsal.run("release.yml", {"dry-run": False})
    results = {result for _, _, result in rehearsal.table}
    assert {"needs macOS", "needs MSVC", "needs GitHub", "needs Docker", "stand-in"} <= results
    assert not [line for line in rehearsal.table if line[2].startswith(("FAILED", "not"))]
    steps = {workflow.title(step) for _, _, step in workflow.all_steps("release.yml")}
    assert steps == {step for _, step, _ in rehearsal.table}
    built = {path.name for path in (tmp_path / "machine" / "artifacts").glob("built-*/*")}
    assert built == set(names.built(full, project.version())) - {names.sdist(project.version())}


def test_a_failing_step_fails_the_rehearsal(full: Matrix, tmp_path: Path) -> None:
    rehearsal = rehearse.Rehearsal(Machine(tmp_path / "machine", []), [], None)
    job = {"runs-on": "ubuntu-24.04", "steps": [{"run": "exit 3"}, {"run": "true"}]}
    with_python = {"uses": "actions/setup-python@x", "with": {"python-version": "3.99"}}
    rehearsal.job("job", {**job, "steps": [with_python, *job["steps"]]}, {})
    assert [result.partition(" ")[0] for _, _, result in rehearsal.table] == [
        "ran",
        "FAILED:",
        "not",
    ]


def test_a_step_that_may_fail_does_not_end_its_job(tmp_path: Path) -> None:
    rehearsal = rehearse.Rehearsal(Machine(tmp_path / "machine", []), [], None)
    allowed = {"run": "exit 3", "continue-on-error": "${{ github.ref_type != 'tag' }}"}
    there = {"run": "test -e ../place", "working-directory": "inside"}
    steps = [{"run": "mkdir inside && touch place"}, allowed, there]
    rehearsal.job("job", {"runs-on": "ubuntu-24.04", "steps": steps}, {})
    results = [result.partition(" (")[0] for _, _, result in rehearsal.table]
    assert results == ["ran", "ran and failed, as allowed", "ran"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine", [])


def test_an_unknown_action_is_named(machine: Machine, tmp_path: Path) -> None:
    rehearsal = rehearse.Rehearsal(machine, [], None)
    rehearsal.job("job", {"runs-on": "ubuntu-24.04", "steps": [{"uses": "a/b@c"}]}, {})
    assert "add a/b to packaging/rehearsal/machine.py" in rehearsal.table[0][2]


def test_the_commands_of_the_release_assemble_it(
    full: Matrix, make_dist: Callable[[Matrix], Path], machine: Machine
) -> None:
    """The job that assembles, with its own commands and with the tools of the tests."""
    (machine.artifacts / "built-all").parent.mkdir(parents=True)
    make_dist(full).rename(machine.artifacts / "built-all")
    job = workflow.load("release.yml")["jobs"]["assemble"]
    rehearsal = rehearse.Rehearsal(machine, ["pip install"], None)
    context = {"github": rehearse.github(tagged=False), "needs": {}, "inputs": {}}
    machine.action = with_own_python(machine)  # type: ignore[method-assign]
    rehearsal.job("assemble", job, context)
    assert_all_ran(rehearsal)
    released = {path.name for path in (machine.artifacts / "release").iterdir()}
    assert released == set(names.released(full, project.version()))
    uploaded = {path.name for path in (machine.artifacts / "pypi").iterdir()}
    assert uploaded == {name for name in released if name.startswith("orthanc_python-")}


def test_two_machines_make_the_checksums_with_which_a_release_verifies_orthanc(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workflow Locks up to its pull request, with a server of our own."""
    mirror, paths = tmp_path / "mirror", official_binaries.read_lock()["paths"]
    for version in official_binaries.read_lock()["sha256"]:
        for path in paths.values():
            file = mirror / path.lstrip("/").format(version=version)
            file.parent.mkdir(parents=True)
            file.write_text(f"Orthanc {version} at {path}", encoding="utf-8")
    monkeypatch.setenv("ORTHANC_PYTHON_CACHE", str(tmp_path / "cache"))
    jobs = workflow.load("locks.yml")["jobs"]
    rehearsal = rehearse.Rehearsal(machine, ["pip install"], None)
    machine.action = with_own_python(machine)  # type: ignore[method-assign]
    handler = partial(SimpleHTTPRequestHandler, directory=str(mirror))
    with web.serving(handler) as port:
        monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", f"http://127.0.0.1:{port}")
        for runner in workflow.rows(jobs["download"], {}):
            rehearsal.steps(str(runner), jobs["download"], {"matrix": runner})
        last = len(rehearsal.table)
        rehearsal.steps("orthancs", jobs["orthancs"], {})
        assert_all_ran(rehearsal)
        question = (
            "import platform, sys; platform.machine = lambda: 'x86_64'; sys.path.insert(0, 'src')\n"
            "from orthanc_python.find_orthanc import find_orthanc\n"
            "print(find_orthanc('1.13.0', only_known=True).read_text())"
        )
        checkout = machine.folder / "jobs" / str(last) / "workspace"
        command = [sys.executable, "-c", question]
        done = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == f"Orthanc 1.13.0 at {paths['linux-x86_64']}"


def assert_all_ran(rehearsal: rehearse.Rehearsal) -> None:
    """All steps but those that install tools and those that need GitHub."""
    allowed = ("ran", "left out: --skip", "needs GitHub")
    assert [line for line in rehearsal.table if not line[2].startswith(allowed)] == []


def with_own_python(machine: Machine) -> Callable[..., None]:
    """The actions, but setup-python gives the Python of the tests."""
    original = machine.action

    def action(step: dict, job: object) -> None:  # type: ignore[type-arg]
        if "setup-python" in step["uses"]:
            Path(job.python).symlink_to(sys.prefix)  # type: ignore[attr-defined]
        else:
            original(step, job)  # type: ignore[arg-type]

    return action

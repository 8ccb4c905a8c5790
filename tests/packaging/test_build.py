# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The steps that build.py repeats, and those that it skips."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from pipeline import checks, local, names, project, smoke_plan, wheels
from pipeline.build_runner import Board, Result
from pipeline.matrix import Artifact

from tests.packaging.conftest import EPOCH, artifact, raw_wheel


@pytest.fixture(scope="module")
def program() -> ModuleType:
    """packaging/build.py."""
    path = project.ROOT / "packaging" / "build.py"
    spec = importlib.util.spec_from_file_location("packaging_build", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """Simulated compilers and Orthancs, which record the steps that ran."""

    def __init__(self, program: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.check_problems: list[str] = []
        self.smoke_passes = True
        self.attempts = [smoke_plan.Attempt("3.13", ())]
        self.dist = folder / "dist"
        self.dist.mkdir()
        self.artifact = artifact("cp313", "manylinux_2_28_x86_64")
        self._program = program
        self._folder = folder
        monkeypatch.setattr(local, "build", self._build)
        monkeypatch.setattr(checks, "artifact", lambda *_: self.check_problems)
        monkeypatch.setattr(smoke_plan, "attempts", lambda _: self.attempts)
        monkeypatch.setattr(smoke_plan, "run", self._smoke)

    def run(self, *, no_smoke: bool = False) -> Result:
        """Make the artifact; `done` then holds the steps that ran."""
        self.done.clear()
        options = argparse.Namespace(
            work=self._folder, dist=self.dist, builder="local", no_smoke=no_smoke
        )
        result: Result = self._program.make(self.artifact, options, Board(1))
        return result

    def _build(self, made: Artifact, work: Path, dist: Path, log: Path) -> tuple[Path, Path]:
        self.done.append("build")
        raw = raw_wheel(work / "raw.whl", "libOrthancPython.so", b"library", project.version())
        wheel = wheels.finish(raw, dist, made, EPOCH)
        library = dist / names.library(made, project.version())
        library.write_bytes(b"library")
        return library, wheel

    def _smoke(self, path: Path, attempt: smoke_plan.Attempt, log: Path) -> bool:
        self.done.append(f"smoke {path.suffix}")
        return self.smoke_passes


@pytest.fixture
def machine(program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(program, tmp_path, monkeypatch)


ALL = ["build", "smoke .so", "smoke .whl"]


def test_finished_steps_are_not_repeated(machine: Machine) -> None:
    first = machine.run()
    assert machine.done == ALL
    assert (first.build, first.check, first.smoke) == ("ok", "ok", "ok: 3.13")
    second = machine.run()
    assert machine.done == []
    assert (second.build, second.check, second.smoke) == ("ok", "ok", "ok: 3.13")


def test_a_file_that_is_gone_is_made_again(machine: Machine) -> None:
    machine.run()
    next(machine.dist.glob("*.whl")).unlink()
    machine.run()
    assert machine.done == ALL


def test_changed_sources_are_built_again(
    machine: Machine, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.run()
    monkeypatch.setattr(program, "digest", lambda _: "other sources")
    machine.run()
    assert machine.done == ALL


def test_a_stop_while_building_leaves_nothing_that_counts(
    machine: Machine, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.run()
    with monkeypatch.context() as other:
        other.setattr(program, "digest", lambda _: "other sources")
        other.setattr(local, "build", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            machine.run()
    machine.run()  # the first sources again; the interrupted build may have changed files
    assert machine.done == ALL


def test_the_smoke_test_alone_is_repeated(machine: Machine) -> None:
    machine.smoke_passes = False
    failed = machine.run()
    assert failed.smoke == "FAILED" and len(failed.problems) == 2
    assert machine.run(no_smoke=True).problems == []
    machine.smoke_passes = True
    assert machine.run().smoke == "ok: 3.13"
    assert machine.done == ALL[1:]


def test_a_python_that_comes_later_is_tried(machine: Machine) -> None:
    machine.attempts = []
    assert machine.run().smoke == "not here: no Python 3.13 for Linux x86_64 here"
    machine.attempts = [smoke_plan.Attempt("3.13", ())]
    assert machine.run().smoke == "ok: 3.13"
    assert machine.done == ALL[1:]


def test_a_bad_library_is_not_tried_and_not_forgotten(machine: Machine) -> None:
    machine.check_problems = ["exports too much"]
    for _ in range(2):
        result = machine.run()
        assert (result.check, result.smoke, result.failed) == ("FAILED", "", True)
        assert machine.done == ["build"]

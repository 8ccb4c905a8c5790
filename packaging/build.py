# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build, name, check and smoke-test the artifacts that this machine can build.

    python packaging/build.py                                everything
    python packaging/build.py --platform win32 --python any,cp313
    python packaging/build.py --builder cibuildwheel --platform win_amd64

Artifacts that exist and match the sources are not built again. Libraries and wheels go to dist/,
logs and results to build/packaging/. After Ctrl-C, the next run continues with the missing
artifacts. The exit code is 1 if an artifact failed, and 2 with --all-required if this machine
cannot build an artifact.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline import build_runner, checks, names, project
from pipeline.build_runner import Board, Result
from pipeline.matrix import Artifact, load
from pipeline.subprocesses import SUBPROCESSES

sys.path[1:1] = [str(project.ROOT), str(project.ROOT / "src")]

CANNOT = "not here: "
# The files of packaging/pipeline that build and check an artifact
_MAKERS = (
    *(
        "archives.py",
        "checks",
        "cibw.py",
        "python_headers.py",
        "universal2.py",
        "local.py",
        "matrix.py",
    ),
    *("names.py", "project.py", "wheels.py"),
)
Builder = Callable[[Artifact, Path, Path, Path], "tuple[Path, Path]"]


def main() -> int:
    """Run the command and return its exit code."""
    options = parse()
    pythons = options.python.split(",") if options.python else None
    platforms = options.platform.split(",") if options.platform else None
    matrix = load().minimal() if options.minimal else load()
    artifacts = list(matrix.artifacts(pythons, platforms))
    options.dist.mkdir(parents=True, exist_ok=True)
    options.work.mkdir(parents=True, exist_ok=True)
    board = Board(len(artifacts))
    tasks = [(one.name, functools.partial(make, one, options, board)) for one in artifacts]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = build_runner.run(tasks, options.jobs, board, SUBPROCESSES.stop)
    except build_runner.Interrupted as interrupted:
        if interrupted.results:
            report(interrupted.results, options.work)
        print(f"Stopped; {len(interrupted.results)} of {len(tasks)} artifacts are done")
        return 130
    report(results, options.work)
    if any(result.failed for result in results):
        return 1
    return 2 if options.all_required and any(one.build != "ok" for one in results) else 0


def report(results: Sequence[Result], work: Path) -> None:
    """Print the table and the problems."""
    print(build_runner.table(results))
    for result in results:
        for problem in result.problems:
            print(f"{result.name}: {problem}", file=sys.stderr)
    if any(result.failed for result in results):
        print(f"The logs are in {work}", file=sys.stderr)


def parse() -> argparse.Namespace:
    """The command line."""
    root = project.ROOT
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", help="tags of packaging/matrix.toml, with commas")
    parser.add_argument("--python", help="tags of packaging/matrix.toml, with commas")
    parser.add_argument("--minimal", action="store_true", help="what pull requests are tried with")
    parser.add_argument("--builder", choices=["local", "cibuildwheel"], default="local")
    parser.add_argument("--dist", type=Path, default=root / "dist")
    parser.add_argument("--work", type=Path, default=root / "build" / "packaging")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--no-smoke", action="store_true", help="build and check only")
    parser.add_argument("--all-required", action="store_true")
    return parser.parse_args()


def make(artifact: Artifact, options: argparse.Namespace, board: Board) -> Result:
    """Run all stages of one artifact."""
    work = options.work / artifact.name
    work.mkdir(parents=True, exist_ok=True)
    kept = work / "result.json"
    result = _earlier(kept, artifact, options)
    if result is None:
        kept.unlink(missing_ok=True)
        result = _build(artifact, options, board, work)
        if result.build == "ok":
            build_runner.save(kept, result)
    done = result.smoke.startswith("ok") and result.tried == _trial()
    if result.check == "ok" and not options.no_smoke and not done:
        result.tried = _trial()
        _smoke(artifact, options.dist, work, result, board)
        build_runner.save(kept, result)
    return result


@functools.cache
def digest(builder: str) -> str:
    """A digest that changes when the build of an artifact would change."""
    made_by = [project.ROOT / "packaging" / "pipeline" / name for name in _MAKERS]
    parts = (project.source_digest(), project.digest(made_by), project.source_date(), builder)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@functools.cache
def _trial() -> str:
    """A digest that changes when the smoke test of an artifact would change."""
    return project.digest([project.ROOT / "tests" / name for name in ("smoke", "windows/smoke.py")])


def _files(artifact: Artifact, dist: Path) -> tuple[Path, Path]:
    version = project.version()
    return dist / names.library(artifact, version), dist / names.wheel(artifact, version)


def _earlier(kept: Path, artifact: Artifact, options: argparse.Namespace) -> Result | None:
    result = build_runner.load(kept)
    there = all(path.is_file() for path in _files(artifact, options.dist))
    if result is None or result.digest != digest(options.builder) or not there:
        return None
    if result.check != "ok":
        return None
    if result.problems:  # the smoke test failed: repeat it
        result.smoke, result.problems = "", []
    return result


def _build(artifact: Artifact, options: argparse.Namespace, board: Board, work: Path) -> Result:
    from pipeline import cibw, local

    builder: Builder = cibw.build if options.builder == "cibuildwheel" else local.build
    log = work / "build.log"
    log.unlink(missing_ok=True)
    result = Result(artifact.name, digest=digest(options.builder))
    board.stage(artifact.name, "build")
    try:
        library, wheel = builder(artifact, work, options.dist, log)
    except local.CannotBuild as error:
        result.build = CANNOT + str(error)
        return result
    except subprocess.CalledProcessError as error:
        result.build = "FAILED"
        result.problems = [f"build: exit code {error.returncode}, see {log}"]
        return result
    result.build, result.size = "ok", library.stat().st_size
    board.stage(artifact.name, "check")
    with_zig = options.builder == "local" and artifact.platform.system == "macos"
    result.problems = checks.artifact(artifact, wheel, library, project.version(), with_zig)
    result.check = "FAILED" if result.problems else "ok"
    return result


def _smoke(artifact: Artifact, dist: Path, work: Path, result: Result, board: Board) -> None:
    from pipeline import smoke_plan

    log = work / "smoke.log"
    log.unlink(missing_ok=True)
    attempts = smoke_plan.attempts(artifact)
    if not attempts:
        result.smoke = CANNOT + smoke_plan.why_not(artifact)
        return
    passed = []
    for attempt in attempts:
        board.stage(artifact.name, f"smoke: {attempt.label}")
        for path in _files(artifact, dist):
            if smoke_plan.run(path, attempt, log):
                passed.append(attempt.label)
            else:
                result.problems.append(f"smoke: {path.name} in {attempt.label}, see {log}")
    result.smoke = "FAILED" if result.problems else "ok: " + ", ".join(dict.fromkeys(passed))


if __name__ == "__main__":
    sys.exit(main())

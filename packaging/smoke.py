# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Smoke-test the artifacts of one platform with Pythons that this program fetches.

    python packaging/smoke.py --platform manylinux_2_28_x86_64 --python any,cp313 --source uv

Runs tests/smoke for the wheel and the library of each Python in --dist. The artifact `any` is
tested with the oldest and the newest Python of packaging/matrix.toml, or with the one after the
newest (--next). Pythons come from uv, from Homebrew, or from PATH as python3.X (--source path).
--debian uses all Pythons and the Orthanc of that Debian suite, and needs root.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline import names, project
from pipeline.matrix import ANY, Artifact, Matrix, load
from pipeline.matrix import Python as PythonEntry

sys.path[1:1] = [str(project.ROOT), str(project.ROOT / "src")]


class NoSuchPython(Exception):
    """The source does not have this Python."""


def main() -> int:
    """Run the command and return its exit code."""
    options = parse()
    matrix = load()
    tags = options.python.split(",") if options.python else None
    failed, count = [], 0
    for artifact in matrix.artifacts(tags, [options.platform]):
        for label, arguments in attempts(artifact, matrix, options):
            for path in files(artifact, options.dist):
                count += 1
                if not smoke(path, arguments):
                    failed.append(f"{path.name} with {label}")
    print(f"{count - len(failed)} passed, {len(failed)} failed")
    for name in failed:
        print(f"FAILED {name}", file=sys.stderr)
    return 1 if failed or (count == 0 and not options.next) else 0


def attempts(
    artifact: Artifact, matrix: Matrix, options: argparse.Namespace
) -> Iterator[tuple[str, list[str]]]:
    """The Pythons to test an artifact with, each as a name and arguments of tests/smoke."""
    if options.debian is not None:
        from pipeline import smoke_plan

        for attempt in smoke_plan.in_suite(artifact.python, options.debian):
            yield attempt.label, list(attempt.options)
        return
    orthanc = ["--orthanc", options.orthanc] if options.orthanc else []
    for version in versions(artifact.python, matrix, options.next):
        try:
            python = interpreter(options.source, version, options.platform)
        except NoSuchPython as error:
            if not options.next:
                raise
            print(f"Python {version} is not to be had yet: {error}")
            continue
        yield f"Python {version}", ["--python", python, *orthanc]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", required=True)
    parser.add_argument("--python", help="tags of packaging/matrix.toml, with commas")
    parser.add_argument("--source", choices=["uv", "homebrew", "path"], default="uv")
    parser.add_argument("--next", action="store_true", help="with the Python that is to come")
    parser.add_argument("--debian", help="a Debian suite of tests/support/debian_chroots.py")
    parser.add_argument("--orthanc", metavar="PATH|VERSION")
    parser.add_argument("--dist", type=Path, default=project.ROOT / "dist")
    return parser.parse_args()


def versions(python: PythonEntry, matrix: Matrix, coming: bool = False) -> list[str]:
    """The Pythons to test a library with."""
    if coming:
        return [f"3.{max(one.minor for one in matrix.pythons) + 1}"]
    if python.tag != ANY:
        return [python.version]
    own = [one for one in matrix.pythons if one.tag != ANY and not one.free_threaded]
    return list(dict.fromkeys(one.version for one in (own[0], own[-1])))


def files(artifact: Artifact, dist: Path) -> Iterator[Path]:
    """The wheel and the library, in any folder below `dist`."""
    version = project.version()
    for name in (names.wheel(artifact, version), names.library(artifact, version)):
        found = sorted(dist.rglob(name))
        if len(found) != 1:
            raise SystemExit(f"{len(found)} files {name} in {dist}")
        yield found[0]


def interpreter(source: str, version: str, platform: str) -> str:
    """The path of a Python, installed if necessary."""
    if source == "path":
        found = shutil.which(f"python{version}")
        if found is None:
            raise NoSuchPython(f"python{version} is not on PATH")
        return found
    if source == "homebrew":
        formula = f"python@{version}"
        _output(["brew", "install", "--quiet", formula])
        return f"{_output(['brew', '--prefix', formula])}/bin/python{version}"
    request = version
    if platform == "win32":
        flag = "+freethreaded" if version.endswith("t") else ""
        request = f"cpython-{version.rstrip('t')}{flag}-windows-x86-none"
    _output(["uv", "python", "install", request])
    return _output(["uv", "python", "find", "--no-project", "--managed-python", request])


def _output(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise NoSuchPython(f"{' '.join(command)}: exit code {done.returncode}")
    return done.stdout.strip()


def smoke(path: Path, arguments: list[str]) -> bool:
    """Run tests/smoke; the user sees its output."""
    command = [sys.executable, str(project.ROOT / "tests" / "smoke"), str(path), *arguments]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())

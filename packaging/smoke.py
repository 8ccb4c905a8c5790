# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Smoke-test the artifacts of one platform with Pythons that this program fetches.

    python packaging/smoke.py --platform manylinux_2_28_x86_64 --python any,cp313 --source uv

Runs tests/smoke for each library in --dist, and for the wheel. The library `any` and the wheel are
tested with the oldest and the newest Python in --python, or with the one after the newest of
packaging/matrix.toml (--next). Pythons come from uv, from Homebrew, or from PATH as python3.X
(--source path). --debian uses all Pythons and the Orthanc of that Debian release, and needs root.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline import names, project
from pipeline.interpreters import NoSuchPython, interpreter
from pipeline.matrix_file import ANY, Artifact, Matrix, load
from pipeline.matrix_file import Python as PythonEntry

Attempt = tuple[str, list[str]]  # a label, and arguments of tests/smoke


def main() -> int:
    """Run the command and return its exit code."""
    options = parse()
    matrix = load()
    tags = options.python.split(",") if options.python else [one.tag for one in matrix.pythons]
    failed, count = [], 0
    for artifact in matrix.artifacts(tags, [options.platform]):
        for version in versions(artifact.python, tags, matrix, options):
            try:
                tried = list(attempts(artifact, version, options))
            except NoSuchPython as error:
                print(f"Python {version}: {error}", flush=True)
                if not options.next:
                    failed.append(f"{artifact.name} with Python {version}: {error}")
                continue
            for label, arguments in tried:
                for path in files(artifact, options.dist):
                    count += 1
                    if not smoke(path, arguments):
                        failed.append(f"{path.name} with {label}")
    print(f"{count} tested, {len(failed)} failed")
    for name in failed:
        print(f"FAILED {name}", file=sys.stderr)
    return 1 if failed or (count == 0 and not options.next) else 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", required=True)
    parser.add_argument("--python", help="tags of packaging/matrix.toml, with commas")
    parser.add_argument("--source", choices=["uv", "homebrew", "path"], default="uv")
    parser.add_argument("--next", action="store_true", help="with the Python that is to come")
    parser.add_argument("--debian", help="a Debian release of tests/support/debian_chroots.py")
    parser.add_argument("--orthanc", metavar="PATH|VERSION")
    parser.add_argument("--dist", type=Path, default=project.ROOT / "wheelhouse")
    return parser.parse_args()


def versions(
    python: PythonEntry, tags: list[str], matrix: Matrix, options: argparse.Namespace
) -> list[str]:
    """The Pythons to test a library with; a Debian release has its own."""
    if options.debian is not None:
        return [f"of Debian {options.debian}"]
    if options.next:
        return [f"3.{max(one.minor for one in matrix.pythons) + 1}"]
    if python.tag != ANY:
        return [python.version]
    given = [matrix.python(tag) for tag in tags if tag != ANY] or matrix.pythons
    own = [one for one in given if one.tag != ANY and not one.free_threaded]
    return list(dict.fromkeys(one.version for one in (own[0], own[-1])))


def attempts(artifact: Artifact, version: str, options: argparse.Namespace) -> Iterator[Attempt]:
    """The Pythons to test an artifact with."""
    if options.debian is not None:
        yield from in_chroot(artifact.python, options.debian)
        return
    python = interpreter(options.source, version, options.platform)
    orthanc = ["--orthanc", options.orthanc] if options.orthanc else []
    yield f"Python {version}", ["--python", python, *orthanc]


def in_chroot(wanted: PythonEntry, name: str) -> Iterator[Attempt]:
    """The Pythons of a Debian release that have a shared library; prepares the chroot."""
    sys.path[1:1] = [str(project.ROOT), str(project.ROOT / "src")]
    from tests.support import debian_chroots

    chroot = debian_chroots.prepare(name)
    for path in chroot.pythons():
        version = path.rpartition("python")[2]
        fits = wanted.version in (ANY, version)
        if fits and list(chroot.root.glob(f"usr/lib/*/libpython{version}.so.1.0")):
            yield f"Python {version} of {name}", ["--python", path, "--debian", name]


def files(artifact: Artifact, dist: Path) -> Iterator[Path]:
    """The library, and the wheel that carries it."""
    version = project.version()
    wanted = [names.library(artifact, version)]
    if artifact.python.tag == ANY:
        wanted.append(names.wheel(artifact.platform, version))
    for name in wanted:
        if not (dist / name).is_file():
            sys.exit(f"There is no {name} in {dist}: run cibuildwheel, or name the folder: --dist")
        yield dist / name


def smoke(path: Path, arguments: list[str]) -> bool:
    """Run tests/smoke; the user sees its output."""
    command = [sys.executable, str(project.ROOT / "tests" / "smoke"), str(path), *arguments]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an artifact can be tried here: which Pythons and Orthancs of this machine fit it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import pythons, suites

from . import project
from .matrix import ANY, Artifact, Python

PROGRAM = project.ROOT / "tests" / "smoke"
_SUITES = {"x86_64": ("sid",), "aarch64": ("bookworm-arm64",)}


@dataclass(frozen=True)
class Attempt:
    """One run of tests/smoke."""

    python: str
    label: str
    suite: str | None = None


def attempts(artifact: Artifact) -> list[Attempt]:
    """The runs that are possible here; for `any`, with the oldest and the newest Python."""
    if artifact.platform.system != sys.platform or len(artifact.platform.machines) != 1:
        return []
    (machine,) = artifact.platform.machines
    found = []
    if machine == platform.machine():
        found += [
            Attempt(str(python.executable), f"{python.name}")
            for python in pythons.shared()
            if fits(artifact.python, python.version[1], python.free_threaded) and not python.debug
        ]
    if os.geteuid() == 0:
        for name in _SUITES.get(machine, ()):
            found += in_suite(artifact.python, name)
    if artifact.python.tag == ANY and len(found) > 2:
        found = [found[0], found[-1]]
    return found


def fits(wanted: Python, minor: int, free_threaded: bool) -> bool:
    """Whether the library is for that Python."""
    if wanted.tag == ANY:
        return minor >= 9
    return (wanted.minor, wanted.free_threaded) == (minor, free_threaded)


def in_suite(wanted: Python, name: str) -> list[Attempt]:
    """With the Pythons of a Debian suite, made if need be, that have their shared library."""
    suite = suites.prepare(name)
    return [
        Attempt(path, f"{path.rsplit('/', 1)[-1]} of {suite.name}", suite.name)
        for path in suite.pythons()
        if fits(wanted, int(path.rsplit(".", 1)[-1]), free_threaded=False)
        and list(suite.root.glob(f"usr/lib/*/libpython{path[15:]}.so.1.0"))
    ]


def why_not(artifact: Artifact) -> str:
    """Why there is no attempt."""
    if artifact.platform.system != "linux":
        return f"needs {artifact.platform.title}"
    return f"no {artifact.python.title} for {artifact.platform.title} here"


def run(artifact: Path, attempt: Attempt, log: Path) -> bool:
    """Run the smoke test; its output goes to the log."""
    command = [sys.executable, str(PROGRAM), str(artifact), "--python", attempt.python]
    if attempt.suite is not None:
        command += ["--suite", attempt.suite]
    with open(log, "a", encoding="utf-8") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.returncode == 0

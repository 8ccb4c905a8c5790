# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smoke tests that this machine can run: the Pythons and Orthancs that fit an artifact."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import debian_chroots, debian_source, free_threaded, pythons
from tests.windows import pythons as windows_pythons

from . import project
from .matrix import ANY, Artifact, Python
from .subprocesses import SUBPROCESSES

_IN_ORTHANC = project.ROOT / "tests" / "smoke"
_IN_WINE = project.ROOT / "tests" / "windows" / "smoke.py"
_SUITES = {"x86_64": ("sid",), "aarch64": ("bookworm-arm64",)}
_WINDOWS = {"x86_64": "x64", "x86": "x86"}  # as tests/windows names the processors


@dataclass(frozen=True)
class Attempt:
    """One run of a program that loads the artifact."""

    label: str
    options: tuple[str, ...]
    program: Path = _IN_ORTHANC


def attempts(artifact: Artifact) -> list[Attempt]:
    """The runs that this machine can do; for `any`, with the oldest and the newest Python."""
    if len(artifact.platform.machines) != 1:
        return []
    (machine,) = artifact.platform.machines
    if artifact.platform.system == "windows" and sys.platform == "linux":
        return _ends(artifact.python, list(_in_wine(artifact.python, machine)))
    if artifact.platform.system != sys.platform:
        return []
    found = []
    if machine == platform.machine():
        found += [
            Attempt(python.name, ("--python", str(python.executable)))
            for python in pythons.shared()
            if fits(artifact.python, python.version[1], python.free_threaded) and not python.debug
        ]
    if os.geteuid() == 0:
        for name in _SUITES.get(machine, ()):
            found += in_suite(artifact.python, name)
    found = _ends(artifact.python, found)
    if machine == platform.machine() and os.geteuid() == 0:
        found += _without_gil(artifact.python)
    return found


def _ends(wanted: Python, found: list[Attempt]) -> list[Attempt]:
    return [found[0], found[-1]] if wanted.tag == ANY and len(found) > 2 else found


def fits(wanted: Python, minor: int, free_threaded: bool) -> bool:
    """Whether the library is for that Python."""
    if wanted.tag == ANY:
        return minor >= 9
    return (wanted.minor, wanted.free_threaded) == (minor, free_threaded)


def in_suite(wanted: Python, name: str) -> list[Attempt]:
    """Runs with the Pythons of a Debian suite that have a shared library; prepares the suite."""
    suite = debian_chroots.prepare(name)
    return [
        Attempt(f"{_name(path)} of {suite.name}", ("--python", path, "--debian", suite.name))
        for path in suite.pythons()
        if fits(wanted, int(path.rsplit(".", 1)[-1]), free_threaded=False)
        and list(suite.root.glob(f"usr/lib/*/libpython{path[15:]}.so.1.0"))
    ]


def _without_gil(wanted: Python) -> list[Attempt]:
    """Runs with a free-threaded Python, built here if Debian has the sources."""
    minor = free_threaded.OLDEST if wanted.tag == ANY else wanted.minor
    if not fits(wanted, minor, free_threaded=True):
        return []
    try:
        python = free_threaded.prepare(minor)
    except debian_source.NoSource:
        return []
    return [Attempt(_name(str(python)), ("--python", str(python)))]


def _in_wine(wanted: Python, machine: str) -> Iterator[Attempt]:
    """Runs with the available Pythons for Windows, in Wine."""
    if os.geteuid() != 0:
        return
    for name in windows_pythons.NAMES:
        version, _, kind = name.partition("-")
        if kind == _WINDOWS[machine] and fits(wanted, int(version[2:]), free_threaded=False):
            yield Attempt(f"{name} in Wine", ("--python", name), _IN_WINE)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def why_not(artifact: Artifact) -> str:
    """The reason why this machine has no attempt for the artifact."""
    if artifact.platform.system == "macos" and sys.platform != "darwin":
        return f"needs {artifact.platform.title}"
    return f"no {artifact.python.title} for {artifact.platform.title} here"


def run(artifact: Path, attempt: Attempt, log: Path) -> bool:
    """Run the smoke test; the log gets its output."""
    command = [sys.executable, str(attempt.program), str(artifact), *attempt.options]
    return SUBPROCESSES.run(command, log) == 0

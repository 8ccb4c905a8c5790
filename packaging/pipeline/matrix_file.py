# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""matrix.toml as objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .project import ROOT, read_toml

MATRIX = ROOT / "packaging" / "matrix.toml"
ANY = "any"


@dataclass(frozen=True)
class Python:
    """One Python that libraries are built for, or all of them ("any")."""

    tag: str  # "cp314t"

    @property
    def version(self) -> str:
        """The value of PYTHON_VERSION for the build: "3.14t" or "any"."""
        return ANY if self.tag == ANY else f"3.{self.tag[3:]}"

    @property
    def minor(self) -> int:
        """The number after "3."; 0 for any."""
        return 0 if self.tag == ANY else int(self.tag[3:].rstrip("t"))

    @property
    def free_threaded(self) -> bool:
        """Whether this Python is a build without GIL."""
        return self.tag.endswith("t")

    @property
    def title(self) -> str:
        """The name in tables and messages."""
        return "every Python from 3.9 on" if self.tag == ANY else f"Python {self.version}"


@dataclass(frozen=True)
class SmokeRunner:
    """A machine of GitHub that tests artifacts it did not build."""

    runner: str
    pythons: str  # the source of its Pythons: "uv" or "homebrew"
    only: tuple[str, ...] = ()  # the Pythons that the source has; empty: all
    architecture: str = ""  # in the words of actions/setup-python


@dataclass(frozen=True)
class Platform:
    """One operating system with one kind of processor (two on macOS)."""

    tag: str  # of wheels
    title: str
    system: str  # "linux", "macos" or "windows"
    machines: tuple[str, ...]
    file: str
    archive: str
    cibuildwheel: str
    archs: str
    runner: str
    smoke: tuple[SmokeRunner, ...]
    glibc: str = ""
    macos: str = ""

    @property
    def bits(self) -> int:
        """The size of an address, as Windows names its editions."""
        return 32 if self.machines == ("x86",) else 64


@dataclass(frozen=True)
class Artifact:
    """One library; the one for every Python is in the wheel of its platform, too."""

    python: Python
    platform: Platform

    @property
    def name(self) -> str:
        """The name in messages and of folders."""
        return f"{self.python.tag}-{self.platform.tag}"


@dataclass(frozen=True)
class Matrix:
    """All artifacts of a release."""

    pythons: tuple[Python, ...]
    platforms: tuple[Platform, ...]
    minimal_pythons: tuple[str, ...]
    minimal_platforms: tuple[str, ...]

    def artifacts(
        self, pythons: Iterable[str] | None = None, platforms: Iterable[str] | None = None
    ) -> Iterator[Artifact]:
        """The artifacts of the named Pythons and platforms; all by default."""
        chosen_pythons = _choose(self.pythons, pythons)
        for platform in _choose(self.platforms, platforms):
            for python in chosen_pythons:
                yield Artifact(python, platform)

    def python(self, tag: str) -> Python:
        """The entry with this tag."""
        python: Python = _choose(self.pythons, [tag])[0]
        return python

    def platform(self, tag: str) -> Platform:
        """The entry with this tag."""
        platform: Platform = _choose(self.platforms, [tag])[0]
        return platform

    def minimal(self) -> Matrix:
        """The part of the matrix that pull requests are tested with."""
        return Matrix(
            tuple(_choose(self.pythons, self.minimal_pythons)),
            tuple(_choose(self.platforms, self.minimal_platforms)),
            self.minimal_pythons,
            self.minimal_platforms,
        )


def _choose(items: tuple[Any, ...], tags: Iterable[str] | None) -> list[Any]:
    if tags is None:
        return list(items)
    by_tag = {item.tag: item for item in items}
    unknown = [tag for tag in tags if tag not in by_tag]
    if unknown:
        known = ", ".join(by_tag)
        raise ValueError(f"{', '.join(unknown)}: not in packaging/matrix.toml (known: {known})")
    return [by_tag[tag] for tag in tags]


def load(path: Path = MATRIX) -> Matrix:
    """Read the list."""
    return parse(read_toml(path))


def parse(data: Mapping[str, Any]) -> Matrix:
    """The matrix from the data of the file."""
    pythons = tuple(Python(tag) for tag in data["pythons"])
    platforms = []
    for tag, entry in data["platforms"].items():
        smoke = tuple(
            SmokeRunner(**{**runner, "only": tuple(runner.get("only", ()))})
            for runner in entry["smoke"]
        )
        machines = tuple(entry["machines"])
        platforms.append(Platform(tag, **{**entry, "smoke": smoke, "machines": machines}))
    minimal = data["minimal"]
    matrix = Matrix(
        pythons, tuple(platforms), tuple(minimal["pythons"]), tuple(minimal["platforms"])
    )
    matrix.minimal()  # raises ValueError for an unknown name
    return matrix

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Create a release from the built files: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import archives, names, news, offline, project, sbom, tables
from .matrix_file import Matrix, Platform

_FORMULA = project.ROOT / "packaging" / "homebrew" / "Formula" / names.FORMULA


class Incomplete(Exception):
    """Files are missing, or files exist that do not belong to the release."""


@dataclass(frozen=True)
class Release:
    """Creates the files of a release."""

    matrix: Matrix
    version: str
    epoch: int
    folder: Path

    def assemble(self, dist: Path, partial: bool) -> list[str]:
        """Fill the folder; return the names of the files that are missing (if `partial`)."""
        missing = self._collect(dist, partial)
        table = tables.compatibility(self.matrix, self.version) + "\n"
        self._write(names.TABLE, f"# Which file fits: {self.version}\n\n{table}")
        for platform in self.matrix.platforms:
            self._archive(platform)
        self._formula()
        text = news.notes(self.version, project.day(self.epoch), table.rstrip())
        self._write(names.NOTES, text)
        wheels = self.folder.glob("*.whl")
        self._write(names.SBOM, sbom.document(self.version, self.epoch, self._digests(), wheels))
        sums = "".join(f"{digest}  {name}\n" for name, digest in self._digests().items())
        self._write(names.SHA256SUMS, sums)
        self._count(partial)
        return missing

    def _collect(self, dist: Path, partial: bool) -> list[str]:
        wanted = names.built(self.matrix, self.version)
        there = {path.name: path for path in dist.rglob("*") if path.is_file()}
        missing = [name for name in wanted if name not in there]
        extra = sorted(name for name in there if name not in wanted)
        if not partial and (missing or extra):
            lines = [f"{len(wanted)} files expected in {dist}"]
            lines += [f"missing: {name}" for name in missing]
            raise Incomplete("\n".join(lines + [f"not expected: {name}" for name in extra]))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name in wanted:
            if name in there:
                shutil.copyfile(there[name], self.folder / name)
        return missing

    def _archive(self, platform: Platform) -> None:
        """Write the archive of a platform, for offline machines."""
        libraries = {}
        for artifact in self.matrix.artifacts(platforms=[platform.tag]):
            library = self.folder / names.library(artifact, self.version)
            if library.is_file():
                libraries[artifact] = library.read_bytes()
        if not libraries:
            return
        table = (self.folder / names.TABLE).read_bytes()
        files = offline.members(platform, self.version, libraries, table)
        name = names.archive(platform, self.version)
        members = {f"{_stem(name)}/{path}": file for path, file in files.items()}
        archives.write(self.folder / name, members, self.epoch)

    def _formula(self) -> None:
        """Write the formula of Homebrew, which installs the library of the wheel for macOS."""
        for platform in self.matrix.platforms:
            wheel = self.folder / names.wheel(platform, self.version)
            if platform.system == "macos" and wheel.is_file():
                text = _FORMULA.read_text(encoding="utf-8").replace("@VERSION@", self.version)
                text = text.replace("@WHEEL@", wheel.name)
                text = text.replace("@SHA256@", _sha256(wheel.read_bytes()))
                self._write(names.FORMULA, text)

    def _digests(self) -> dict[str, str]:
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        return {path.name: _sha256(path.read_bytes()) for path in files}

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_bytes(text.encode("utf-8"))

    def _count(self, partial: bool) -> None:
        wanted = names.released(self.matrix, self.version)
        there = sorted(path.name for path in self.folder.iterdir())
        if not partial and there != wanted:
            raise Incomplete(f"{len(there)} files made, {len(wanted)} expected")


def _stem(name: str) -> str:
    for suffix in (".tar.gz", ".zip"):
        if name.endswith(suffix):
            return name[: -len(suffix)]
    raise ValueError(f"{name} is neither .tar.gz nor .zip")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

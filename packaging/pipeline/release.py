# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Create a release from the built files: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import archives, names, news, offline, project, sbom, tables
from .matrix import ANY, Artifact, Matrix, Platform

OLDEST_ORTHANC = "1.9.1"

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
        bill = sbom.document(self.version, self.epoch, self._digests())
        self._write(names.sbom(self.version), bill)
        self._write(names.LATEST, self._latest())
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
        """Write the formula of Homebrew, which builds from the sources."""
        sources = self.folder / names.sdist(self.version)
        if sources.is_file():
            template = _FORMULA.read_text(encoding="utf-8")
            text = template.replace("@VERSION@", self.version)
            self._write(names.FORMULA, text.replace("@SHA256@", _sha256(sources.read_bytes())))

    def _latest(self) -> str:
        """The JSON text that programs read to find the file that fits."""
        files = [
            self._entry(artifact, name, kind)
            for artifact in self.matrix.artifacts()
            for kind, name in self._files(artifact)
            if (self.folder / name).is_file()
        ]
        data = {
            "version": self.version,
            "date": project.day(self.epoch),
            "oldest_orthanc": OLDEST_ORTHANC,
            "files": files,
        }
        return json.dumps(data, indent=2) + "\n"

    def _files(self, artifact: Artifact) -> Iterator[tuple[str, str]]:
        yield "library", names.library(artifact, self.version)
        if artifact.python.tag == ANY:
            yield "wheel", names.wheel(artifact.platform, self.version)

    def _entry(self, artifact: Artifact, name: str, kind: str) -> dict[str, object]:
        data = (self.folder / name).read_bytes()
        return {
            "name": name,
            "kind": kind,
            "python": artifact.python.version,
            "system": artifact.platform.system,
            "machines": list(artifact.platform.machines),
            "sha256": _sha256(data),
            "size": len(data),
        }

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


def verify(folder: Path) -> list[str]:
    """Compare the files with SHA256SUMS; return one line for each difference."""
    problems = []
    listed = set()
    for line in (folder / names.SHA256SUMS).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        listed.add(name)
        path = folder / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif _sha256(path.read_bytes()) != digest:
            problems.append(f"{name} differs from {names.SHA256SUMS}")
    extra = {path.name for path in folder.iterdir()} - listed - {names.SHA256SUMS}
    return problems + [f"{name} is not in {names.SHA256SUMS}" for name in sorted(extra)]


def _stem(name: str) -> str:
    for suffix in (".tar.gz", ".zip"):
        if name.endswith(suffix):
            return name[: -len(suffix)]
    raise ValueError(f"{name} is neither .tar.gz nor .zip")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

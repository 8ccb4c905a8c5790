# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shared by the tests of the pipeline: its modules, and artifacts without content."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
sys.path.insert(1, str(Path(__file__).resolve().parents[2] / "packaging" / "docker"))

from pipeline import matrix, names, project, wheels
from pipeline.matrix import Artifact, Matrix

from tests.support.wheels import build_wheel

EPOCH = 1_700_000_000


@pytest.fixture(scope="session")
def full() -> Matrix:
    return matrix.load()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    return build_wheel(tmp_path_factory.mktemp("package"))


def artifact(python: str, platform: str) -> Artifact:
    (found,) = matrix.load().artifacts([python], [platform])
    return found


def raw_wheel(path: Path, library: str, content: bytes, version: str = "1.0") -> Path:
    """A wheel as a build backend creates it, with the tags of the Python that ran the build."""
    info = f"orthanc_python-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: orthanc-python\nVersion: {version}\n"
    files = {
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nTag: a-b-c\n",
        f"{info}/METADATA": metadata.encode(),
        f"{info}/licenses/LICENSE": b"AGPL",
        f"{info}/RECORD": b"",
        "orthanc_python/__init__.py": b"",
        "orthanc_python/__main__.py": b"",
        "orthanc_python/orthanc_hosts.lock.json": b"{}",
        "orthanc-stubs/__init__.pyi": b"",
        f"orthanc_python/{library}": content,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def make_dist(tmp_path: Path) -> Callable[[Matrix], Path]:
    """A folder with all files that the build jobs of a release produce."""

    def make(wanted: Matrix) -> Path:
        dist, version = tmp_path / "dist", project.version()
        dist.mkdir()
        (dist / names.sdist(version)).write_bytes(b"sources")
        for one in wanted.artifacts():
            content = f"library {one.name}".encode()
            inside = names.library_in_package(one.platform)
            raw = raw_wheel(tmp_path / "raw.whl", inside, content, version)
            wheels.finish(raw, dist, one, EPOCH)
            (dist / names.library(one, version)).write_bytes(content)
        return dist

    return make

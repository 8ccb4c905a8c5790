# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shared by the tests of the pipeline: its modules, and artifacts without content."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
sys.path.insert(1, str(Path(__file__).resolve().parents[2] / "packaging" / "docker"))

from pipeline import matrix_file, names, project
from pipeline.matrix_file import ANY, Artifact, Matrix, Platform

from tests.support.machine_packages import program
from tests.support.wheels import build_wheel

EPOCH = 1_700_000_000


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Install the programs that those of packaging/ call."""
    for name in ("git", "osslsigncode"):
        program(name, package=name)


@pytest.fixture(scope="session")
def full() -> Matrix:
    return matrix_file.load()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    return build_wheel(tmp_path_factory.mktemp("package"))


def artifact(python: str, platform: str) -> Artifact:
    (found,) = matrix_file.load().artifacts([python], [platform])
    return found


@functools.cache
def bill_of_materials(**settings: str) -> bytes:
    """The output of cmake/Sbom.cmake with these variables of CMake; by default, those of GCC."""
    root = project.ROOT
    variables = {
        "CMAKE_CURRENT_SOURCE_DIR": str(root),
        "ORTHANC_PYTHON_VERSION": "1.0",
        "CMAKE_CXX_COMPILER_ID": "GNU",
        "CMAKE_CXX_COMPILER_VERSION": "14.2",
        **settings,
    }
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "sbom.cmake")
        lines = [f'set({name} "{value}")' for name, value in variables.items()]
        lines += [f'include("{root}/cmake/Sbom.cmake")']
        lines += [f'orthanc_python_sbom("{folder}/sbom.json")', ""]
        script.write_text("\n".join(lines), encoding="utf-8")
        subprocess.run(["cmake", "-P", str(script)], check=True)
        return Path(folder, "sbom.json").read_bytes()


def make_wheel(folder: Path, platform: Platform, content: bytes, version: str) -> Path:
    """The wheel of a platform, without the package."""
    info = f"orthanc_python-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: orthanc-python\nVersion: {version}\n"
    wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-{platform.tag}\n\n"
    files = {
        f"{info}/WHEEL": wheel.encode(),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/sboms/orthanc-python.cdx.json": bill_of_materials(),
        f"{info}/licenses/LICENSE": b"AGPL",
        f"{info}/licenses/src/third_party/mingw-w64/LICENSE": b"ZPL",
        f"{info}/licenses/src/third_party/yyjson/LICENSE": b"MIT",
        "orthanc/__init__.py": b"",
        "orthanc_python/__init__.py": b"",
        "orthanc_python/__main__.py": b"",
        "orthanc_python/orthanc_runtime/__init__.py": b"",
        "orthanc_python/orthanc_hosts.lock.json": b"{}",
        "orthanc_python/py.typed": b"",
        "orthanc_python/orthanc_names.json": b"{}",
        "orthanc-stubs/__init__.pyi": b"",
        f"orthanc_python/{names.library_in_package(platform)}": content,
    }
    path = folder / names.wheel(platform, version)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
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
            (dist / names.library(one, version)).write_bytes(content)
            if one.python.tag == ANY:
                make_wheel(dist, one.platform, content, version)
        return dist

    return make

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The names of the files of a release."""

from __future__ import annotations

from .matrix_file import ANY, Artifact, Matrix, Platform, Python

SHA256SUMS = "SHA256SUMS"
SBOM = "orthanc-python.cdx.json"
NOTES = "RELEASE-NOTES.md"
TABLE = "COMPATIBILITY.md"
FORMULA = "orthanc-python.rb"


def library(artifact: Artifact, version: str) -> str:
    """For example OrthancPython-Python3.13-8.0.0.dll or OrthancPython-8.0.0-linux-x86_64.so."""
    python = artifact.python
    kind = "" if python.tag == ANY else f"-Python{python.version}"
    return f"OrthancPython{kind}-{version}{artifact.platform.file}"


def library_in_archive(artifact: Artifact, version: str) -> str:
    """The path inside the archive: on Windows the plain name, in the folder that installers know.

    For example windows-32/OrthancPython-Python3.13-8.0.0.dll.
    """
    platform = artifact.platform
    name = library(artifact, version)
    if platform.system != "windows":
        return name
    return f"windows-{platform.bits}/{name[: -len(platform.file)]}.dll"


def universal_library(platform: Platform, version: str) -> str:
    """The library for every Python."""
    return library(Artifact(Python(ANY), platform), version)


def library_in_package(platform: Platform) -> str:
    """The name of the library inside a wheel, which does not change with the version."""
    prefix = "" if platform.system == "windows" else "lib"
    return f"{prefix}OrthancPython." + platform.file.rsplit(".", 1)[1]


def wheel(platform: Platform, version: str) -> str:
    """The wheel for every Python, for example orthanc_python-8.0.0-py3-none-win_amd64.whl."""
    return f"orthanc_python-{version}-py3-none-{platform.tag}.whl"


def sdist(version: str) -> str:
    """The archive of the sources."""
    return f"orthanc_python-{version}.tar.gz"


def archive(platform: Platform, version: str) -> str:
    """The archive of all libraries of one platform, for machines without a network."""
    return f"OrthancPython-{version}{platform.archive}"


def built(matrix: Matrix, version: str) -> list[str]:
    """The files that the build jobs produce."""
    names = [sdist(version)]
    names += [wheel(platform, version) for platform in matrix.platforms]
    names += [library(artifact, version) for artifact in matrix.artifacts()]
    return sorted(names)


def released(matrix: Matrix, version: str) -> list[str]:
    """All files of a release."""
    made = [archive(platform, version) for platform in matrix.platforms]
    return sorted(
        [
            *built(matrix, version),
            *made,
            *(FORMULA, NOTES, SBOM, TABLE, SHA256SUMS),
        ]
    )

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check wheels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import names, project, sbom, wheels
from ..matrix_file import Platform

_NEEDED = (
    "orthanc/__init__.py",
    "orthanc_python/__init__.py",
    "orthanc_python/__main__.py",
    "orthanc_python/orthanc_runtime/__init__.py",
    "orthanc_python/orthanc_hosts.lock.json",
    "orthanc_python/py.typed",
    "orthanc_python/orthanc_names.json",
    "orthanc-stubs/__init__.pyi",
)


def check(path: Path, platform: Platform, library: Path) -> list[str]:
    """The problems of a wheel, one line each; it must carry the bytes of `library`."""
    members = wheels.read(path)
    problems = [f"lacks {name}" for name in _NEEDED if name not in members]
    inside = f"orthanc_python/{names.library_in_package(platform)}"
    if inside not in members:
        problems.append(f"lacks {inside}")
    elif not library.is_file() or members[inside] != library.read_bytes():
        problems.append(f"its {inside} is not {library.name}, which is released beside it")
    tag = f"py3-none-{platform.tag}"
    stated = [data for name, data in members.items() if name.endswith(".dist-info/WHEEL")]
    if len(stated) != 1 or f"\nTag: {tag}\n".encode() not in stated[0].replace(b"\r", b""):
        problems.append(f"is not tagged {tag}")
    problems += [f"lacks {name}" for name in _in_metadata() if not _ends(members, name)]
    natives = [name for name in members if name.endswith((".so", ".dll", ".dylib", ".pyd"))]
    if natives != [inside]:
        problems.append(f"holds {', '.join(natives) or 'no library'}")
    return problems


def _in_metadata() -> list[str]:
    """The license files and the bill of materials, below .dist-info."""
    places = [path.relative_to(project.ROOT).as_posix() for path in project.license_files()]
    return [sbom.IN_WHEEL, *(f"licenses/{place}" for place in places)]


def _ends(members: Mapping[str, object], name: str) -> bool:
    return any(member.endswith(f".dist-info/{name}") for member in members)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check wheels."""

from __future__ import annotations

from pathlib import Path

from .. import names, wheels
from ..matrix import Artifact

_NEEDED = (
    "orthanc_python/__init__.py",
    "orthanc_python/__main__.py",
    "orthanc_python/orthanc_hosts.lock.json",
    "orthanc-stubs/__init__.pyi",
)


def check(path: Path, artifact: Artifact, library: bytes) -> list[str]:
    """The problems of a wheel, one line each."""
    members = wheels.read(path)
    problems = [f"lacks {name}" for name in _NEEDED if name not in members]
    inside = f"orthanc_python/{names.library_in_package(artifact.platform)}"
    if inside not in members:
        problems.append(f"lacks {inside}")
    elif members[inside].data != library:
        problems.append(f"its {inside} is not the library that is released beside it")
    tag = f"{artifact.python.wheel_tags}-{artifact.platform.tag}"
    stated = [member for name, member in members.items() if name.endswith(".dist-info/WHEEL")]
    if len(stated) != 1 or f"\nTag: {tag}\n".encode() not in stated[0].data:
        problems.append(f"is not tagged {tag}")
    if f"-{tag}.whl" not in path.name:
        problems.append(f"its name does not end with {tag}")
    if not any(name.endswith("/LICENSE") for name in members):
        problems.append("lacks the license")
    natives = [name for name in members if name.endswith((".so", ".dll", ".dylib", ".pyd"))]
    if natives != [inside]:
        problems.append(f"holds {', '.join(natives) or 'no library'}")
    return problems

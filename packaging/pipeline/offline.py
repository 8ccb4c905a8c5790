# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The archives with all libraries of one platform, for machines without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from . import names, project
from .archives import Member
from .matrix_file import Artifact, Platform

_GUIDE = project.ROOT / "packaging" / "windows" / "guide.txt"
_README = """\
Orthanc Python plugin {version} for {title}

Each file OrthancPython-... is the whole plugin. The one without "PythonX.Y" in its name serves
every Python from 3.9 on. Compare the files with SHA256SUMS: sha256sum --check SHA256SUMS

Name one of them in "Plugins" of Orthanc's configuration, and your script in "PythonScript".
{table} says which file is for which Python.
"""


def members(
    platform: Platform, version: str, libraries: Mapping[Artifact, bytes], table: bytes
) -> dict[str, Member]:
    """The files of the archive: libraries, checksums, guide, licences and table."""
    packed = {
        names.library_in_archive(artifact, version): data for artifact, data in libraries.items()
    }
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in packed.items())
    windows = platform.system == "windows"
    files = {name: Member(data, executable=True) for name, data in packed.items()}
    files[names.SHA256SUMS] = Member(sums.encode())
    files["README.txt"] = Member(
        _guide(platform, version) if windows else _readme(platform, version)
    )
    for path in project.license_files():
        name = "LICENSE" if path.parent == project.ROOT else f"licenses/{path.parent.name}"
        files[f"{name}.txt" if windows else name] = Member(path.read_bytes())
    files[names.TABLE] = Member(table)
    return files


def _guide(platform: Platform, version: str) -> bytes:
    """One page for an administrator of Windows, with its ends of lines."""
    template = _GUIDE.read_text(encoding="utf-8")
    title = template.partition("\n")[0].format(version=version, bits=platform.bits)
    text = template.format(version=version, bits=platform.bits, line="=" * len(title))
    return text.replace("\n", "\r\n").encode("ascii")


def _readme(platform: Platform, version: str) -> bytes:
    return _README.format(version=version, title=platform.title, table=names.TABLE).encode()

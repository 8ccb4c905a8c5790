# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read wheels, set their final tags, and write them reproducibly."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from pathlib import Path

from . import archives, names
from .archives import Member
from .matrix import Artifact, Platform


def read(path: Path) -> dict[str, Member]:
    """The files in a wheel, by name."""
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: Member(archive.read(info), bool(info.external_attr >> 16 & 0o100))
            for info in archive.infolist()
            if not info.is_dir()
        }


def library(path: Path, platform: Platform) -> bytes:
    """The library in a wheel."""
    return read(path)[f"orthanc_python/{names.library_in_package(platform)}"].data


def finish(
    source: Path, folder: Path, artifact: Artifact, epoch: int, replacement: bytes | None = None
) -> Path:
    """Write the wheel with the name and tags of the release.

    The build sets the tags of the interpreter and system that build, but the library may be for
    others. `replacement` replaces the library.
    """
    members = read(source)
    record = next(name for name in members if name.endswith(".dist-info/RECORD"))
    metadata = record.rsplit("/", 1)[0]
    version = metadata[: -len(".dist-info")].rsplit("-", 1)[1]
    inside = f"orthanc_python/{names.library_in_package(artifact.platform)}"
    if replacement is not None:
        members[inside] = Member(replacement, executable=True)
    if inside not in members:
        raise ValueError(f"{source.name} holds no {inside}")
    members[f"{metadata}/WHEEL"] = Member(_tagged(members[f"{metadata}/WHEEL"].data, artifact))
    del members[record]
    ordered = {name: members[name] for name in sorted(members, key=_order)}
    ordered[record] = Member(_record(ordered, record))
    target = folder / names.wheel(artifact, version)
    archives.write(target, ordered, epoch)
    return target


def _order(name: str) -> tuple[bool, str]:
    return ".dist-info/" in name, name  # installers prefer the metadata at the end


def _tagged(text: bytes, artifact: Artifact) -> bytes:
    tag = f"{artifact.python.wheel_tags}-{artifact.platform.tag}"
    lines = [line for line in text.decode().splitlines() if line.strip()]
    kept = [line for line in lines if not re.match(r"(Tag|Root-Is-Purelib):", line)]
    return "\n".join([*kept, "Root-Is-Purelib: false", f"Tag: {tag}", ""]).encode()


def _record(members: dict[str, Member], record: str) -> bytes:
    lines = []
    for name, member in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(member.data).digest()).rstrip(b"=")
        lines.append(f"{name},sha256={digest.decode()},{len(member.data)}\n")
    return "".join([*lines, f"{record},,\n"]).encode()

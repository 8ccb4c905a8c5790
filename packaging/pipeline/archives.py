# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reproducible archives: the same files give the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Member:
    """A file to pack."""

    data: bytes
    executable: bool = False

    @property
    def mode(self) -> int:
        """Permissions, the same for every umask."""
        return 0o755 if self.executable else 0o644


def write(path: Path, members: Mapping[str, Member], epoch: int) -> None:
    """Write a .zip, .whl or .tar.gz; all members have the date `epoch`."""
    data = zipped(members, epoch) if path.suffix in (".zip", ".whl") else tarred(members, epoch)
    path.write_bytes(data)


def zipped(members: Mapping[str, Member], epoch: int) -> bytes:
    """A zip archive, in the order of `members`."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, member in members.items():
            info = zipfile.ZipInfo(name, time.gmtime(epoch)[:6])
            info.create_system = 3  # Unix, on every build machine
            info.external_attr = (0o100000 | member.mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.data, compresslevel=9)
    return output.getvalue()


def tarred(members: Mapping[str, Member], epoch: int) -> bytes:
    """A tar archive compressed with gzip, in the order of `members`."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, member in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(member.data), epoch, member.mode
            archive.addfile(info, io.BytesIO(member.data))
    output = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=output, mtime=epoch) as file:
        file.write(plain.getvalue())
    return output.getvalue()

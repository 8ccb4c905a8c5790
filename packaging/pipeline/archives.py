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
from typing import IO


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
    """Write a .zip or .tar.gz, in the order of `members`; all members have the date `epoch`."""
    with path.open("wb") as file:
        pack = _zip if path.suffix == ".zip" else _tar
        pack(file, members, epoch)


def _zip(file: IO[bytes], members: Mapping[str, Member], epoch: int) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, member in members.items():
            info = zipfile.ZipInfo(name, time.gmtime(epoch)[:6])
            info.create_system = 3  # Unix, on every build machine
            info.external_attr = (0o100000 | member.mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.data)


def _tar(file: IO[bytes], members: Mapping[str, Member], epoch: int) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, member in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(member.data), epoch, member.mode
            archive.addfile(info, io.BytesIO(member.data))

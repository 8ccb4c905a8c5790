# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sources of CPython from Debian, for builds that Debian does not package."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import cache, debian_chroots

_SUITES = ("trixie", "sid")  # the first one whose mirror has all files is used
_LISTS = "/var/lib/apt/source-lists"  # the chroot's own lists do not change


class NoSource(Exception):
    """Debian has no sources of this Python."""


def tarball(minor: int) -> Path:
    """The original archive of CPython 3.`minor`, downloaded into the cache at its first use."""
    folder = cache.folder() / "sources" / f"python3.{minor}"
    with cache.locked(f"source-python3.{minor}"):
        if not (folder / "ready").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _download(minor, folder)
            (folder / "ready").touch()
    return _original(folder)


def _original(folder: Path) -> Path:
    (found,) = (path for path in folder.glob("*.orig.tar.*") if path.suffix != ".asc")
    return found


def _download(minor: int, folder: Path) -> None:
    for name in _SUITES:
        try:
            return _download_from(debian_chroots.prepare(name), minor, folder)
        except debian_chroots.ChrootError as error:
            reason = error
    raise NoSource(f"No Debian of {', '.join(_SUITES)} has the source of 3.{minor}") from reason


def _download_from(chroot: debian_chroots.Chroot, minor: int, folder: Path) -> None:
    mirror = (chroot.root / "etc/apt/sources.list").read_text(encoding="utf-8").split()[1]
    source_list, place = "/etc/apt/sources-only.list", f"/tmp/source-3.{minor}"
    chroot.path(source_list).write_text(f"deb-src {mirror} {chroot.name} main\n", encoding="utf-8")
    inside = chroot.path(place)
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    chroot.path(_LISTS).mkdir(exist_ok=True)
    apt = f"apt-get -o Dir::Etc::SourceList={source_list} -o Dir::Etc::SourceParts=-"
    apt += f" -o Dir::State::Lists={_LISTS}"
    command = f"cd {place} && {apt} update && {apt} source --download-only python3.{minor}"
    try:
        chroot.run(["sh", "-c", command])
        shutil.move(_original(inside), folder)
    finally:
        shutil.rmtree(inside)

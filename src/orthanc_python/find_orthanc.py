# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Find the Orthanc to run: the requested one, the installed one, or a download."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian_packages, official_binaries
from .download import DownloadError, Unreachable, file_sha256
from .official_binaries import NoOfficialBinary, UnknownChecksum
from .progress import say

_VERSION = re.compile(r"\d+\.\d+\.\d+$")


class OrthancNotFound(Exception):
    """There is no such Orthanc; the text gives the remedy."""


def executable_name() -> str:
    """The file name of Orthanc on this operating system."""
    return "Orthanc.exe" if sys.platform == "win32" else "Orthanc"


def known_locations() -> list[Path]:
    """The paths to which installers write Orthanc, in case it is not on PATH."""
    if sys.platform == "win32":
        return [Path(r"C:\Program Files\Orthanc Server\Orthanc.exe")]
    folders = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin", "/opt/orthanc"]
    if sys.platform == "darwin":
        folders = ["/opt/homebrew/bin", *folders]
    return [Path(folder, executable_name()) for folder in folders]


def installed_orthanc() -> Path | None:
    """The Orthanc of this machine, if any."""
    on_path = shutil.which("Orthanc")
    if on_path is not None:
        return Path(on_path).absolute()
    return next((path for path in known_locations() if path.is_file()), None)


def orthanc_version(executable: Path) -> str | None:
    """The version that an executable reports, e.g. "1.12.7"; None if it does not run."""
    try:
        result = subprocess.run(
            [str(executable), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(rb"Orthanc (\d+\.\d+\.\d+|mainline)", result.stdout)
    return match[1].decode() if match else None


def find_orthanc(
    wanted: str | None = None,
    *,
    fetch: bool = True,
    sha256: str | None = None,
    only_known: bool = False,
) -> Path:
    """The executable of Orthanc.

    `wanted` is a path (of the executable or its folder) or a version; without it, any Orthanc
    is accepted. Nothing is downloaded if `fetch` is false. An Orthanc with another checksum than
    `sha256` is passed over. With `only_known`, a download must be verified.
    """
    if wanted is not None and not _VERSION.match(wanted):
        return _at(Path(wanted), sha256)
    installed = installed_orthanc()
    if (
        installed is not None
        and _matches(installed, sha256)
        and wanted in (None, orthanc_version(installed))
    ):
        return installed
    kept = official_binaries.kept(wanted, sha256=sha256, only_known=only_known)
    if kept is None and sha256 is None:
        kept = debian_packages.kept_orthanc()
    if kept is not None and wanted in (None, orthanc_version(kept)):
        return kept
    if not fetch:
        what = "Orthanc" if wanted is None else f"Orthanc {wanted}"
        raise OrthancNotFound(f"{what} is not installed on this machine. {_remedy()}")
    return _fetched(wanted, sha256, only_known)


def _matches(path: Path, sha256: str | None) -> bool:
    return sha256 is None or file_sha256(path) == sha256


def _at(path: Path, sha256: str | None) -> Path:
    path = path.absolute()
    if path.is_dir():
        path = path / executable_name()
    if not path.is_file():
        raise OrthancNotFound(f"There is no Orthanc at {path}")
    if not _matches(path, sha256):
        raise OrthancNotFound(
            f"The SHA-256 of {path} is {file_sha256(path)}, not {sha256}: it was not started"
        )
    return path


def _fetched(wanted: str | None, sha256: str | None, only_known: bool) -> Path:
    reasons = []
    try:
        return official_binaries.fetch(wanted, sha256=sha256, only_known=only_known)
    except (DownloadError, NoOfficialBinary, UnknownChecksum) as error:
        reasons.append(str(error))
        nothing_there = isinstance(error, (Unreachable, NoOfficialBinary))
        if wanted is not None and not nothing_there:
            raise OrthancNotFound(f"{error}\n{_remedy()}") from None
    # apt verifies the signatures of its packages
    if sha256 is None and debian_packages.available():
        say(f"{reasons[0]}\nUsing the Orthanc package of this distribution instead.")
        try:
            executable = debian_packages.fetch_orthanc()
        except debian_packages.PackageError as error:
            reasons.append(str(error))
        else:
            if wanted in (None, orthanc_version(executable)):
                return executable
            reasons.append(f"This distribution has Orthanc {orthanc_version(executable)}")
    raise OrthancNotFound("\n".join([*reasons, _remedy()]))


def _remedy() -> str:
    if sys.platform == "win32":
        how = "Install Orthanc with its installer"
    elif sys.platform == "darwin":
        how = "Unpack the Orthanc package for macOS"
    else:
        how = 'Install the package "orthanc" of your distribution'
    return (
        f"{how}, or name an Orthanc with --orthanc PATH, or set "
        f"{official_binaries.MIRROR_VARIABLE} to a mirror of {official_binaries.base_url()}."
    )

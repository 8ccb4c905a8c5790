# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The single-file Orthanc binaries that the makers of Orthanc publish.

They are published without checksums. The lock file of this package has the ones that two machines
agreed on; for other files, the user can name the checksum.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cache import cache_folder
from .download import DownloadError, download, file_sha256
from .progress import say

MIRROR_VARIABLE = "ORTHANC_PYTHON_MIRROR"
LOCK = Path(__file__).with_name("orthanc_hosts.lock.json")


class NoOfficialBinary(Exception):
    """No binary is published for this machine."""


class UnknownChecksum(Exception):
    """The lock file does not know the binary, and an unverified one is not accepted."""


class Disagreement(Exception):
    """Two machines got different files; the text names them."""


def read_lock(path: Path = LOCK) -> dict[str, Any]:
    """The lock file: `base` address, `paths` by platform, `sha256` by version and platform."""
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return lock


def base_url() -> str:
    """The base address of the binaries, without a slash at the end."""
    return (os.environ.get(MIRROR_VARIABLE) or str(read_lock()["base"])).rstrip("/")


def platform_key() -> str:
    """The name of this machine in the lock file."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return "macos"
    if sys.platform == "win32":
        # Orthanc and the library must have the bitness of this Python.
        return "windows-64" if sys.maxsize > 2**32 else "windows-32"
    return f"{sys.platform}-{ {'amd64': 'x86_64', 'arm64': 'aarch64'}.get(machine, machine) }"


def binary_url(version: str, key: str) -> str:
    """The address of one binary."""
    path = read_lock()["paths"].get(key)
    if path is None:
        raise NoOfficialBinary(f"No Orthanc binary is published for {key}.")
    return base_url() + str(path).format(version=version)


def newest_version() -> str:
    """The newest version whose checksum is known for this machine; else the newest of the lock."""
    sums: dict[str, Any] = read_lock()["sha256"]
    known = [version for version in sums if known_sha256(version) is not None]
    return max(known or sums, key=lambda version: [int(part) for part in version.split(".")])


def known_sha256(version: str) -> str | None:
    """The checksum in the lock file of the binary for this machine."""
    return _digest(read_lock(), version, platform_key())


def _cached_path(version: str) -> Path:
    url = read_lock()["paths"].get(platform_key(), "/Orthanc")
    name = str(url).rsplit("/", 1)[-1]
    return cache_folder() / "orthanc" / f"official-{version}-{platform_key()}" / name


def kept(
    version: str | None = None, *, sha256: str | None = None, only_known: bool = False
) -> Path | None:
    """The binary of an earlier download, if there is one with the expected checksum."""
    version = version or newest_version()
    path, expected = _cached_path(version), sha256 or known_sha256(version)
    if not (path.is_file() and os.access(path, os.X_OK)):
        return None
    if expected is None:
        if only_known:
            return None
        _warn(version, path, "It was downloaded earlier", file_sha256(path))
    elif file_sha256(path) != expected:
        return None
    return path


def fetch(
    version: str | None = None, *, sha256: str | None = None, only_known: bool = False
) -> Path:
    """The path of the binary in the cache, after downloading it if needed.

    `sha256` takes precedence over the lock file. With `only_known`, one of them must be there.
    """
    version, key = version or newest_version(), platform_key()
    url = binary_url(version, key)
    here = kept(version, sha256=sha256, only_known=only_known)
    if here is not None:
        return here
    expected = sha256 or known_sha256(version)
    if expected is None and only_known:
        raise UnknownChecksum(
            f"The checksum of Orthanc {version} for {key} is not in {LOCK.name}, so {url} "
            "cannot be verified. Add it with the workflow Locks: see "
            "docs/contributing/releasing.md."
        )
    path = _cached_path(version)
    say(f"Downloading Orthanc {version} from {url}")
    digest = download(url, path, sha256=expected, label=f"Orthanc {version}")
    if expected is None:
        _warn(version, path, f"It was downloaded from {url}", digest)
    # Last: only a verified file becomes executable.
    path.chmod(0o755)
    return path


def _warn(version: str, path: Path, origin: str, digest: str) -> None:
    say(
        f"Cannot verify {path}: the checksum of Orthanc {version} for {platform_key()} is not "
        f"known. {origin}. Its SHA-256 is {digest}; if a source that you trust has the same, "
        f"use --orthanc {version} --sha256 {digest}."
    )


def lock_versions(versions: Sequence[str], output: Path) -> list[str]:
    """Download the binaries of these versions and write their checksums; return the failures.

    Without versions, these are the versions of the lock.

    A known checksum is not replaced: a different one is a failure that a maintainer must examine.
    """
    lock, failed = read_lock(output if output.is_file() else LOCK), []
    # a temporary folder: files that an earlier run got from another server must not be used
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        for version in versions or list(lock["sha256"]):
            sums = lock["sha256"].setdefault(version, {})
            for key in lock["paths"]:
                url, known = binary_url(version, key), sums.setdefault(key, None)
                path = Path(folder, version, key)
                try:
                    sums[key] = download(url, path, sha256=known, label=f"{version} {key}")
                except DownloadError as error:
                    failed.append(str(error))
    _write(lock, output)
    return failed


def merge(paths: Sequence[Path], output: Path) -> None:
    """Write the lock on which all these files agree; raise Disagreement if they differ."""
    if len(paths) < 2:
        raise Disagreement("Two machines must agree: name the files of both. Nothing was written.")
    first, *others = [read_lock(path) for path in paths]
    for path, other in zip(paths[1:], others):
        for version in sorted({*first["sha256"], *other["sha256"]}):
            for key in first["paths"]:
                seen = [_digest(lock, version, key) for lock in (first, other)]
                if seen[0] != seen[1]:
                    raise Disagreement(
                        f"Orthanc {version} for {key} differs: its SHA-256 is {seen[0]} in "
                        f"{paths[0]}, but {seen[1]} in {path}. Nothing was written."
                    )
    _write(first, output)


def _digest(lock: dict[str, Any], version: str, key: str) -> str | None:
    digest: str | None = lock["sha256"].get(version, {}).get(key)
    return digest


def _write(lock: dict[str, Any], output: Path) -> None:
    output.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")

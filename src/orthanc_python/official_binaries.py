# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The single-file Orthanc binaries that the makers of Orthanc publish.

They are published without checksums. The lock file of this package has the known ones. For another
version, the first download saves the checksum in the cache, and later downloads must match it.
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
from .download import DownloadError, download
from .progress import say

MIRROR_VARIABLE = "ORTHANC_PYTHON_MIRROR"
LOCK = Path(__file__).with_name("orthanc_hosts.lock.json")
_KEPT_LOCK = "orthanc_hosts.lock.json"


class NoOfficialBinary(Exception):
    """No binary is published for this machine."""


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
    """The newest version in the lock file."""
    versions: Sequence[str] = list(read_lock()["sha256"])
    return max(versions, key=lambda version: [int(part) for part in version.split(".")])


def _cached_path(version: str) -> Path:
    url = read_lock()["paths"].get(platform_key(), "/Orthanc")
    name = str(url).rsplit("/", 1)[-1]
    return cache_folder() / "orthanc" / f"official-{version}-{platform_key()}" / name


def kept(version: str | None = None) -> Path | None:
    """The binary of an earlier download, if any."""
    path = _cached_path(version or newest_version())
    return path if path.is_file() and os.access(path, os.X_OK) else None


def fetch(version: str | None = None) -> Path:
    """The path of the binary in the cache, after downloading it if needed."""
    version, key = version or newest_version(), platform_key()
    url = binary_url(version, key)
    here = kept(version)
    if here is not None:
        return here
    path = _cached_path(version)
    expected = read_lock()["sha256"].get(version, {}).get(key) or _remembered(url)
    say(f"Downloading Orthanc {version} from {url}")
    digest = download(url, path, sha256=expected, label=f"Orthanc {version}")
    if expected is None:
        say(
            f"The checksum of this file was not known. Its SHA-256, {digest}, is remembered: "
            "a later download must be the same."
        )
        _remember(url, digest)
    # Last: only a verified file becomes executable.
    path.chmod(0o755)
    return path


def _remembered(url: str) -> str | None:
    try:
        digest = json.loads((cache_folder() / _KEPT_LOCK).read_text(encoding="utf-8")).get(url)
    except (OSError, ValueError, AttributeError):
        return None
    return digest if isinstance(digest, str) else None


def _remember(url: str, digest: str) -> None:
    path = cache_folder() / _KEPT_LOCK
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    known[url] = digest
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def lock_versions(versions: Sequence[str], output: Path) -> list[str]:
    """Download every binary of these versions and write their checksums; return the failures.

    A known checksum is not replaced: a different one is a failure that a maintainer must examine.
    """
    lock, failed = read_lock(output if output.is_file() else LOCK), []
    # a temporary folder: files that an earlier run got from another server must not be used
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        for version in versions:
            sums = lock["sha256"].setdefault(version, {})
            for key in lock["paths"]:
                url, known = binary_url(version, key), sums.setdefault(key, None)
                path = Path(folder, version, key)
                try:
                    sums[key] = download(url, path, sha256=known, label=f"{version} {key}")
                except DownloadError as error:
                    failed.append(str(error))
    output.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return failed

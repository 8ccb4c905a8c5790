# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unpack packages of Debian and its derivatives into the cache, without root or installation."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .cache import cache_folder, locked, new_folder
from .progress import say

_UNPACKED = "root/usr/sbin/Orthanc"
_COMMANDS = ("apt-get", "dpkg-deb", "dpkg-query")
# Of the dependencies of Orthanc, only libraries and their data are needed to run it.
_NEEDED = re.compile(r"(lib|orthanc$|dcmtk-data$)")


class PackageError(Exception):
    """The packages could not be fetched; the text has the output of apt."""


def available() -> bool:
    """Whether this machine has the tools of Debian."""
    return sys.platform.startswith("linux") and all(shutil.which(name) for name in _COMMANDS)


def distribution() -> str:
    """Distribution, release and architecture, for which the unpacked packages are specific."""
    values: dict[str, str] = {}
    for name in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError:
            continue
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        break
    name = values.get("ID", "linux")
    release = values.get("VERSION_ID") or values.get("VERSION_CODENAME") or "rolling"
    return re.sub(r"[^\w.-]", "", f"{name}-{release}-{platform.machine()}")


def _orthanc_folder() -> Path:
    return cache_folder() / "orthanc" / distribution()


def kept_orthanc() -> Path | None:
    """The Orthanc that was unpacked earlier, if any."""
    executable = _orthanc_folder() / "Orthanc"
    return executable if executable.is_file() else None


def real_executable(executable: Path) -> Path:
    """The binary behind an executable of Orthanc, which may be the launcher below."""
    unpacked = executable.parent / _UNPACKED
    return unpacked if unpacked.is_file() else executable


def fetch_orthanc() -> Path:
    """Unpack the distribution's Orthanc with the libraries that this machine lacks."""
    final = _orthanc_folder()
    with locked(final):
        if not final.is_dir():
            with new_folder(final) as folder:
                _unpack("orthanc", folder / "root", with_dependencies=True)
                _write_launcher(folder)
                _try_launcher(folder / "Orthanc")
    return final / "Orthanc"


def fetch_library(package: str, soname: str, version: str | None = None) -> Path:
    """Unpack one library package; return the path of the library in it."""
    final = cache_folder() / "libraries" / f"{soname}-{version or 'any'}-{distribution()}"
    with locked(final):
        if not final.is_dir():
            say(f"Taking {soname} from the package {package} of this distribution ...")
            with new_folder(final) as folder:
                exact = f"{package}={version}" if version else package
                _unpack(exact, folder, with_dependencies=False)
                if not list(folder.rglob(soname)):
                    raise PackageError(f"The package {package} holds no {soname}")
    return min(final.rglob(soname))


def installed_version(package: str) -> str | None:
    """The version of an installed package."""
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    status, _, version = result.stdout.partition(" ")
    return version if status == "installed" else None


def _unpack(package: str, folder: Path, *, with_dependencies: bool) -> None:
    """Download and unpack, with the package lists of this machine, else with fresh ones."""
    private = cache_folder() / "apt"
    attempts = (_Apt([]), _Apt(_private_options(private)))
    for apt in attempts:
        last = apt is attempts[-1]
        with tempfile.TemporaryDirectory(dir=folder.parent) as downloads:
            try:
                if last:  # there are no lists, or they name files that the mirror has replaced
                    apt.update(private)
                names = apt.missing(package) if with_dependencies else [package]
                apt.download(names, Path(downloads))
            except PackageError:
                if last:
                    raise
                continue
            for archive in sorted(Path(downloads).glob("*.deb")):
                _run(["dpkg-deb", "-x", str(archive), str(folder)])
            return


class _Apt:
    def __init__(self, options: Sequence[str]) -> None:
        self._options = list(options)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # apt's own account cannot write to the cache.
            self._options += ["-o", "APT::Sandbox::User=root"]

    def update(self, folder: Path) -> None:
        """Fetch the package lists."""
        with locked(folder / "update"):
            for name in ("lists/partial", "cache/archives/partial"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self._apt("update")

    def missing(self, package: str) -> list[str]:
        """The package and its dependencies that this machine lacks, as NAME=VERSION."""
        # --reinstall: list the package itself even if it is installed.
        options = ("--simulate", "--reinstall", "--no-install-recommends")
        plan = self._apt("install", *options, package)
        found = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", plan, re.MULTILINE)
        if not found:
            raise PackageError(f"No source of packages of this machine has {package} any more")
        if any(name.split(":")[0] == "libc6" for name, _ in found):
            raise PackageError(f"{package} needs a newer C library than this machine has")
        return [f"{name}={version}" for name, version in found if _NEEDED.match(name)]

    def download(self, packages: Sequence[str], folder: Path) -> None:
        """Download the packages; apt checks their signatures."""
        self._apt("download", *packages, folder=folder)

    def _apt(self, *arguments: str, folder: Path | None = None) -> str:
        timeouts = ["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=2"]
        return _run(["apt-get", "-q", *timeouts, *self._options, *arguments], folder)


def _private_options(folder: Path) -> list[str]:
    return [
        *("-o", f"Dir::State::Lists={folder}/lists"),
        *("-o", f"Dir::Cache={folder}/cache"),
    ]


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        said = "\n".join((result.stderr or result.stdout).strip().splitlines()[-5:])
        raise PackageError(f"{shlex.join(command)} failed:\n{said}")
    return result.stdout


def _write_launcher(folder: Path) -> None:
    """Write a shell script that runs the unpacked Orthanc with the unpacked libraries.

    It executes Orthanc with exec: same process, same signals. It finds its paths at run time, since
    the folder gets its final name later.
    """
    root = folder / "root"
    patterns = ("lib/*-linux-*", "usr/lib/*-linux-*", "usr/lib")
    libraries = [found for pattern in patterns for found in sorted(root.glob(pattern))]
    search = ":".join(f"$here/{path.relative_to(folder).as_posix()}" for path in libraries)
    dictionaries = sorted(root.rglob("dicom.dic")) + sorted(root.rglob("private.dic"))
    dicom = ":".join(f"$here/{path.relative_to(folder).as_posix()}" for path in dictionaries)
    launcher = folder / "Orthanc"
    launcher.write_text(
        "#!/bin/sh\n"
        'here=$(dirname "$(readlink -f "$0")")\n'
        f'export LD_LIBRARY_PATH="{search}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n'
        + (f'export DCMDICTPATH="${{DCMDICTPATH:-{dicom}}}"\n' if dicom else "")
        + f'exec "$here/{_UNPACKED}" "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o755)


def _try_launcher(launcher: Path) -> None:
    _run([str(launcher), "--version"])

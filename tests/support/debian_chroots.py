# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chroots with Debian releases, each with the Orthanc that it packages.

They are made by debootstrap once, kept in the cache of the tests, and entered with chroot.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import cache
from .commands import CommandFailed, run
from .machine_packages import (
    apt_configuration,
    debian_mirror,
    install_on_this_machine,
    network_environment,
)
from .mounts import enter_private_namespace, mount_once

_READY = ".orthanc-python-ready"
_BOOTSTRAPPED = ".orthanc-python-bootstrapped"

_APT = """\
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
# Tests need no manuals, and a lost chroot is created again: fsync would only cost time.
_DPKG = """\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
"""


class ChrootError(Exception):
    """A Debian chroot cannot be created on this machine."""


@dataclass(frozen=True)
class Recipe:
    """The packages in a chroot: `optional` ones are installed as far as the release has them."""

    name: str
    orthanc: str
    python: str
    packages: tuple[str, ...]
    optional: tuple[str, ...] = ()
    architecture: str = field(default="", repr=False)  # Debian's name; "" is this machine's

    @property
    def release(self) -> str:
        """Debian's name of the release."""
        return self.name.partition("-")[0]

    def digest(self) -> str:
        """Changes when the packages change, so that an older folder is completed."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("bullseye", "1.9.1", "3.9", ("orthanc", "python3", "libpython3.9")),
        Recipe("bookworm", "1.10.1", "3.11", ("orthanc", "python3", "libpython3.11")),
        Recipe("trixie", "1.12.7", "3.13", ("orthanc", "python3", "libpython3.13")),
        Recipe(
            "sid",
            "1.13.0",
            "3.14",
            ("orthanc", "python3", "libpython3.14"),
            (
                *(f"{kind}3.{minor}" for minor in (13, 15) for kind in ("python", "libpython")),
                *(f"python3-{name}" for name in ("numpy", "pil", "pydicom", "requests")),
            ),
        ),
        Recipe("forky-plain", "", "", ()),  # the base of the Docker image
        Recipe("trixie-plain", "", "", ()),  # stands in for other Docker images
        Recipe(  # builds packages
            "trixie-build",
            "",
            "",
            ("build-essential", "debhelper", "lintian", "cmake", "libyyjson-dev", "python3-dev"),
        ),
        # Wine 10 runs programs for Windows. Two chroots: a chroot with both needs packages of two
        # architectures in the same version, which mirrors do not always have.
        Recipe("trixie-wine", "", "", ("wine", "wine64")),
        Recipe("sid-wine32", "", "", ("wine", "wine32"), architecture="i386"),
        Recipe(
            "bookworm-arm64",
            "1.10.1",
            "3.11",
            ("orthanc", "python3", "libpython3.11"),
            architecture="arm64",
        ),
    )
}


@dataclass(frozen=True)
class Chroot:
    """One Debian release in a folder, entered with chroot."""

    name: str
    root: Path
    orthanc_version: str
    python_version: str

    def run(
        self, command: Sequence[str], *, check: bool = True, timeout: float = 1800
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside; its output is in the error if it fails."""
        self.mount()
        inside = ["chroot", str(self.root), "/usr/bin/env", "-i", *_environment(), *command]
        try:
            return run(inside, check=check, timeout=timeout)
        except CommandFailed as error:
            raise ChrootError(f"In Debian {self.name}: {error}") from None

    def mount(self) -> None:
        """Mount the file systems that Python and apt need, until this process ends."""
        mount_once("proc", self.root / "proc")
        mount_once("tmpfs", self.root / "dev" / "shm")

    def pythons(self) -> list[str]:
        """The CPython 3 interpreters inside, as paths inside."""
        found = self.root.glob("usr/bin/python3.*")
        return sorted(f"/usr/bin/{path.name}" for path in found if path.name[8:].isdigit())

    def path(self, inside: str) -> Path:
        """The path on this machine of an absolute path inside."""
        return self.root / inside.lstrip("/")


def prepare(name: str) -> Chroot:
    """The chroot called `name`, created or completed if necessary."""
    recipe = RECIPES[name]
    root = cache.folder() / "suites" / name
    chroot = Chroot(name, root, recipe.orthanc, recipe.python)
    if os.geteuid() != 0:
        raise ChrootError(
            f"Debian {name} is entered with chroot: run these tests as root, "
            "or leave them out with -m 'not chroot'"
        )
    if recipe.architecture == "arm64" and platform.machine() != "aarch64":
        _emulate_arm64()
    enter_private_namespace()
    with cache.locked(f"suite-{name}"):
        stamp = root / _READY
        if not stamp.is_file() or stamp.read_text(encoding="ascii") != recipe.digest():
            if not (root / _BOOTSTRAPPED).is_file():
                _bootstrap(chroot, recipe)
            _install(chroot, recipe)
            stamp.write_text(recipe.digest(), encoding="ascii")
    chroot.mount()
    return chroot


def _emulate_arm64() -> None:
    """Let the kernel run programs for arm64, through qemu."""
    handlers = Path("/proc/sys/fs/binfmt_misc")
    if (handlers / "qemu-aarch64").exists():
        return
    if shutil.which("update-binfmts") is None or not Path("/usr/bin/qemu-aarch64-static").exists():
        install_on_this_machine("qemu-user-static", "binfmt-support")
    if not (handlers / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(handlers)], check=True)
    subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=True)


def _bootstrap(chroot: Chroot, recipe: Recipe) -> None:
    if shutil.which("debootstrap") is None:
        install_on_this_machine("debootstrap", "debian-archive-keyring")
    architecture = [f"--arch={recipe.architecture}"] if recipe.architecture else []
    mirror = debian_mirror() or "http://deb.debian.org/debian"
    if chroot.root.exists():
        shutil.rmtree(chroot.root)
    chroot.root.mkdir(parents=True)
    command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", *architecture]
    # The script of sid serves all releases, also those that are newer than this debootstrap
    command += [recipe.release, str(chroot.root), mirror, "sid"]
    try:
        run(command)
    except CommandFailed as error:
        raise ChrootError(f"Debian {chroot.name}: {error}") from None
    (chroot.root / _BOOTSTRAPPED).touch()


def _install(chroot: Chroot, recipe: Recipe) -> None:
    root = chroot.root
    _write(root / "etc/apt/apt.conf.d/90tests", _APT + apt_configuration())
    _write(root / "etc/dpkg/dpkg.cfg.d/90tests", _DPKG)
    _write(root / "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")  # no daemon is started
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    if Path("/etc/hosts").exists():
        shutil.copyfile("/etc/hosts", root / "etc/hosts")
    _update(chroot)
    optional = [name for name in recipe.optional if _candidate(chroot, name)]
    chroot.run(["apt-get", "install", "-y", *recipe.packages, *optional])
    chroot.run(["apt-get", "clean"])
    for lists in (root / "var/lib/apt/lists").glob("*_*"):
        lists.unlink()


def _update(chroot: Chroot) -> None:
    if chroot.run(["apt-get", "update"], check=False).returncode == 0:
        return
    # A mirror of sid may lag until its Release file has expired. apt still checks signatures and
    # ignores only the date, and only in this folder.
    _write(chroot.root / "etc/apt/apt.conf.d/91stale", 'Acquire::Check-Valid-Until "false";\n')
    chroot.run(["apt-get", "update"])


def _candidate(chroot: Chroot, package: str) -> bool:
    """Whether the package can be installed together with the installed ones."""
    simulated = chroot.run(["apt-get", "install", "--simulate", "-y", package], check=False)
    return simulated.returncode == 0


def _environment() -> list[str]:
    return [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root",
        "LC_ALL=C.UTF-8",
        "DEBIAN_FRONTEND=noninteractive",
        *(f"{name}={value}" for name, value in network_environment().items()),
    ]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

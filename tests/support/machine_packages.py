# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""This machine's package mirror and network settings, for use in a chroot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import cache

MIRROR_VARIABLE = "ORTHANC_PYTHON_DEBIAN_MIRROR"

_PASSED_ON = re.compile(
    r"^Acquire::(?:(?:http|https|ftp)::(?:Proxy|Timeout|Verify-Peer|Pipeline-Depth)"
    r"|Check-Valid-Until|Check-Date|ForceIPv4)\b"
)


def apt_configuration() -> str:
    """The network settings of this machine's apt."""
    if shutil.which("apt-config") is None:
        return ""
    dump = subprocess.run(
        ["apt-config", "dump"], stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if _PASSED_ON.match(line))


def debian_mirror() -> str | None:
    """The mirror of Debian's packages: this machine's own mirror if it runs Debian.

    None lets debootstrap choose.
    """
    named = os.environ.get(MIRROR_VARIABLE)
    if named:
        return named
    if shutil.which("apt-get") is not None:
        listing = subprocess.run(
            [
                "apt-get",
                "indextargets",
                "--format",
                "$(ORIGIN) $(REPO_URI)",
                "Created-By: Packages",
            ],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
        for line in listing.splitlines():
            origin, _, uri = line.partition(" ")
            if origin == "Debian" and "security" not in uri:
                return uri
    return None


def network_environment() -> dict[str, str]:
    """The variables that name a proxy."""
    names = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")
    spellings = [*names, *(name.upper() for name in names)]
    return {name: os.environ[name] for name in spellings if name in os.environ}


def program(name: str, package: str) -> Path:
    """A program of this machine; its package is installed if the program is missing."""
    found = shutil.which(name)
    if found is None:
        install_on_this_machine(package)
        found = shutil.which(name)
        assert found is not None, f"the package {package} has no {name}"
    return Path(found)


def install_on_this_machine(*packages: str) -> None:
    """Install packages of this machine's distribution; needs root."""
    if os.geteuid() != 0:
        raise PermissionError(f"Install these packages first: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    with cache.locked("packages"):
        if subprocess.run(install, env=environment, check=False).returncode != 0:
            subprocess.run(["apt-get", "update"], env=environment, check=True)
            subprocess.run(install, env=environment, check=True)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of chroots, in which a test may install packages and run the service."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import TypeVar

from .commands import run
from .debian_chroots import Chroot
from .networks import own_network

Self = TypeVar("Self", bound="DebianCopy")

# The chroot has no systemd: the tests start Orthanc themselves, as the unit does
SYSTEMCTL = "#!/bin/sh\nexit 0\n"


class DebianCopy:
    """A copy of a chroot that vanishes with the test."""

    def __init__(self, chroot: Chroot, folder: Path) -> None:
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        layers = f"lowerdir={chroot.root},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        root = folder / "root"
        run(["mount", "-t", "overlay", "overlay", "-o", layers, str(root)])
        self.chroot = Chroot(
            f"{chroot.name}, a copy", root, chroot.orthanc_version, chroot.python_version
        )
        systemctl = root / "usr/bin/systemctl"
        systemctl.write_text(SYSTEMCTL, encoding="utf-8")
        systemctl.chmod(0o755)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for place in ("dev/shm", "proc", ""):
            run(["umount", "--lazy", str(self.chroot.root / place)])

    def shell(self, text: str) -> str:
        return self.chroot.run(["sh", "-e", "-c", text]).stdout

    def start(self, until: str = "Orthanc has started") -> str:
        """Start Orthanc as the service does, stop it after a line with `until`; return its log."""
        inside = ["setpriv", "--reuid=orthanc", "--regid=orthanc", "--init-groups"]
        process = subprocess.Popen(
            ["chroot", str(self.chroot.root), *inside, "/usr/sbin/Orthanc", "/etc/orthanc"],
            preexec_fn=own_network,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        limit = threading.Timer(120, process.kill)
        limit.start()
        log = []
        with process.stdout as lines:
            for line in lines:
                log.append(line)
                if until in line:
                    process.kill()
        process.wait()
        limit.cancel()
        return "".join(log)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wine in a Debian chroot: runs programs for Windows."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from tests.support import debian_chroots
from tests.support.commands import run
from tests.support.debian_chroots import Chroot
from tests.support.fake_orthanc import FakeOrthanc

PREFIX = "/root/wine"
_RELEASES = {"x64": "trixie-wine", "x86": "sid-wine32"}
_ENVIRONMENT = {
    # if a chroot has no wineserver in /usr/bin, it is in Wine's own folder
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/wine:/usr/lib/i386-linux-gnu/wine",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "WINEPREFIX": PREFIX,
    "WINEDEBUG": "-all",
    # no .NET, no browser, no WMI and no debugger, which would prompt a user
    "WINEDLLOVERRIDES": "mscoree,mshtml,wbemprox,winedbg.exe=",
}


class Wine:
    """A Wine prefix for "x64" or "x86", in which the chroot is the drive Z:."""

    def __init__(self, machine: str) -> None:
        self._debian: Chroot = debian_chroots.prepare(_RELEASES[machine])
        self.root = self._debian.root
        self.folder = self.root / "tests" / uuid.uuid4().hex  # for the files of this session
        self.folder.mkdir(parents=True)
        stamp = self._debian.path(f"{PREFIX}/ready")
        if not stamp.exists():
            shutil.rmtree(stamp.parent, ignore_errors=True)
            run(self._command(["wineboot", "--init"], {}))
            stamp.touch()

    @property
    def local_app_data(self) -> Path:
        """The folder that the variable LOCALAPPDATA names, which Wine sets itself."""
        return self._debian.path(f"{PREFIX}/drive_c/users/root/AppData/Local")

    def close(self) -> None:
        """End the running programs, and remove the files of the session."""
        subprocess.run(self._command(["wineserver", "--kill"], {}), check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, path: Path) -> str:
        r"""The name that a file of the chroot has for Windows, such as Z:\tests\script.py."""
        inside = PurePosixPath("/") / path.relative_to(self.root)
        return "Z:" + str(inside).replace("/", "\\")

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program for Windows; its output is in the error if it fails."""
        return run(self._command(["wine", *command], env or {}), check=check, timeout=timeout)

    def fake_orthanc(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> FakeOrthanc:
        """Start a fake Orthanc."""
        return FakeOrthanc(self._command(["wine", *command], env or {}))

    def _command(self, command: Sequence[str], env: Mapping[str, str]) -> list[str]:
        variables = [f"{name}={value}" for name, value in {**_ENVIRONMENT, **env}.items()]
        return ["chroot", str(self.root), "/usr/bin/env", "-i", *variables, *command]

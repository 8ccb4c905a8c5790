# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The environment of a smoke test: this machine, or a folder that holds another Debian."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

_QUESTION = (
    "import json, sys, sysconfig; print(json.dumps({"
    "'version': sys.version.split()[0], 'purelib': sysconfig.get_path('purelib'),"
    "'free_threaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED'))}))"
)


class Environment:
    """A virtual environment of one Python in a new folder, on this machine or in `root`."""

    def __init__(self, python: str, root: Path | None) -> None:
        self._root = root
        base = None if root is None else root / "tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="smoke-", dir=base)).resolve()
        self.venv = self.folder / "venv"
        venv = self.inside(self.venv)
        if root is None:  # virtualenv has a pip for each Python, also for the oldest ones
            self._run([sys.executable, "-m", "virtualenv", "--quiet", "--python", python, venv])
        else:
            self._run([python, "-m", "venv", "--without-pip", venv])
        self.python = self._interpreter()
        answer = self._run([self.inside(self.python), "-ISc", _QUESTION])
        self.about: dict[str, Any] = json.loads(answer)
        # The environment's purelib: the interpreter above ran without `site`.
        packages = "Lib/site-packages" if sys.platform == "win32" else None
        self.packages = self.venv / (packages or self._packages())

    def inside(self, path: Path) -> str:
        """The path inside the environment's root."""
        if self._root is None:
            return str(path)
        return str(PurePosixPath("/") / path.relative_to(self._root.resolve()).as_posix())

    def install(self, wheel: Path) -> Path:
        """Install this project's wheel into the environment; return the path of its library."""
        major, minor = self.about["version"].split(".")[:2]
        flag = "t" if self.about["free_threaded"] else ""
        # pip does not run on every Python that the plugin supports: it installs from outside, and
        # rejects a wheel whose tags do not fit.
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
        pip += ["--only-binary", ":all:", "--target", str(self.packages)]
        pip += ["--implementation", "cp", "--python-version", f"{major}.{minor}"]
        pip += ["--abi", f"cp{major}{minor}{flag}", "--abi", "none"]
        if self._root is not None:  # its processor may differ from this machine's
            pip += ["--platform", wheel.stem.rsplit("-", 1)[1]]
        subprocess.run([*pip, str(wheel)], check=True)
        (library,) = (self.packages / "orthanc_python").glob("*OrthancPython.*")
        return library

    def add(self, packages: list[str]) -> None:
        """Install packages from the index; not in a `root`, whose environment has no pip."""
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        subprocess.run([*pip, *packages], check=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _interpreter(self) -> Path:
        if sys.platform == "win32":
            return self.venv / "Scripts" / "python.exe"
        return self.venv / "bin" / "python"

    def _packages(self) -> str:
        (folder,) = (self.venv / "lib").glob("python3*/site-packages")
        return str(folder.relative_to(self.venv))

    def _run(self, command: list[str]) -> str:
        if self._root is not None:
            command = ["chroot", str(self._root), *command]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contestants: the native plugin, ours, and Debian's package orthanc-python."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orthanc_python.find_orthanc import find_orthanc
from orthanc_python.server import Orthanc
from tests.support import debian_chroots
from tests.support import free_threaded as free_threaded_python

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE / "scripts"
DEBIAN_PYTHON = "/usr/bin/python3"  # Debian's orthanc-python is linked to it.


def build_native(folder: Path) -> Path:
    """Compile native.cpp."""
    include = folder / "include"
    generate = HERE.parent / "src" / "sdk" / "generate.py"
    generating: list[str | Path] = [sys.executable, "-B", generate, include / "generated"]
    subprocess.run(generating, check=True)
    library = folder / "native.so"
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    options = ["-std=c++17", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{include}"]
    command: list[str | Path] = [
        *compiler,
        *options,
        HERE / "native.cpp",
        "-o",
        library,
        "-pthread",
    ]
    subprocess.run(command, check=True)
    return library


class Environment:
    """The system that runs Orthanc: this machine, or a Debian release in a folder of the tests."""

    def __init__(
        self, folder: Path, plugin: Path, debian: str | None, *, free_threaded: bool = False
    ) -> None:
        self._chroot = None if debian is None else debian_chroots.prepare(debian)
        self.root = None if self._chroot is None else self._chroot.root
        self._executable = find_orthanc() if self._chroot is None else None
        self.folder = folder
        if self.root is not None:
            self.folder = self.root / "opt" / f"orthanc-python-benchmarks-{os.getpid()}"
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._pythons: dict[str, str] = {}
        self._upstream_package = ""
        self.plugins = {"native": self._keep(build_native(folder)), "ours": self._keep(plugin)}
        if free_threaded:
            self.plugins["free-threaded"] = self.plugins["ours"]
            self._pythons["free-threaded"] = str(free_threaded_python.python().executable)
        upstream = self._upstream(folder)
        if upstream is not None:
            self.plugins["upstream"] = self._keep(upstream, "upstream.so")
        self.python_plugins = [name for name in self.plugins if name != "native"]

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep(self, path: Path, name: str = "") -> Path:
        target = self.folder / (name or path.name)
        if path != target:
            shutil.copyfile(path, target)
        return target

    def inside(self, path: Path) -> str:
        """The path as Orthanc sees it."""
        return str(path if self.root is None else Path("/") / path.relative_to(self.root))

    def _upstream(self, folder: Path) -> Path | None:
        """The library of Debian's package orthanc-python, or None if the release lacks it."""
        download = ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", "orthanc-python"]
        if self._chroot is None:
            if subprocess.run(download, cwd=folder, stdout=subprocess.DEVNULL).returncode != 0:
                return None
            package = next(folder.glob("orthanc-python_*.deb"))
        else:
            there = self.inside(self.folder)
            script = f"apt-get -q update && cd {there} && {shlex.join(download)}"
            if self._chroot.run(["sh", "-c", script], check=False).returncode != 0:
                return None
            package = next(self.folder.glob("orthanc-python_*.deb"))
        self._upstream_package = package.name
        unpacked = folder / "upstream"
        subprocess.run(["dpkg", "-x", package, unpacked], check=True)
        return next(unpacked.rglob("libOrthancPython.so*")).resolve()

    def versions(self) -> dict[str, str]:
        """Of the programs that are compared."""
        orthanc = "Orthanc" if self._executable is None else str(self._executable)
        programs = {"Orthanc": orthanc, "Python": DEBIAN_PYTHON, **self._pythons}
        found = {name: self._version(program) for name, program in programs.items()}
        return {**found, "upstream": self._upstream_package or "missing"}

    def _version(self, program: str) -> str:
        command = [program, "--version"]
        if self._chroot is not None:
            output = self._chroot.run(command).stdout
        else:
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = re.search(r"\d+\.\d+\.\S+", output)
        return found[0] if found else output.strip()

    def new_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder

    def orthanc(
        self,
        plugin: str,
        script: str | None = None,
        *,
        env: Mapping[str, str] | None = None,
        with_native: bool = False,
        on_output: Callable[[str], None] | None = None,
        logs: bool = True,
    ) -> Orthanc:
        """An Orthanc that has not been started."""
        config: dict[str, object] = {
            "Python": {"Executable": self._pythons.get(plugin, DEBIAN_PYTHON)}
        }
        if with_native:
            config["Plugins"] = [self.inside(self.plugins["native"])]
        return Orthanc(
            None if script is None else SCRIPTS / script,
            plugin=self.plugins[plugin],
            orthanc=self._executable,
            root=self.root,
            config=config,
            env=env,
            on_output=on_output,
            arguments=[] if logs else ["--logfile=/dev/null"],
        )

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""This machine in the role of GitHub's: local equivalents of the actions, and its Pythons."""

from __future__ import annotations

import glob
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import names, project
from pipeline.matrix_file import ANY, load

NEEDS_GITHUB = {"actions/attest", "pypa/gh-action-pypi-publish"}

_OWN_PYTHON = "cp39-cp39"  # runs cibuildwheel's own programs in the container
_UV = """\
#!/bin/sh
# uv python install|find ... VERSION, with the Pythons of this machine
for version; do :; done
path="{pythons}/$version/bin/python$version"
[ -x "$path" ] && echo "$path"
"""
_SUDO = '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nexec "$@"\n'


class NoEquivalent(Exception):
    """The rehearsal does not know the action, or cannot act for it; the text gives the reason."""


class Machine:
    """Runs the steps of jobs, each job in a folder of its own."""

    def __init__(self, folder: Path, pythons: list[str]) -> None:
        self.folder = folder
        self.artifacts = folder / "artifacts"
        self._links = folder / "pythons"  # as in manylinux: cp313-cp313
        self._versions = folder / "versions"  # for uv: 3.13
        self._tools = folder / "tools"
        self.pythons = self._link_pythons(pythons)
        self._install_tools()

    def _link_pythons(self, wanted: list[str]) -> list[str]:
        """Links to the Pythons that are here; returns the tags of the wanted ones."""
        self._links.mkdir(parents=True)
        self._versions.mkdir()
        found = []
        for python in load().pythons:
            prefix = _prefix(python.version)
            if prefix is not None:
                abi = f"cp3{python.minor}-{python.tag}"
                (self._links / abi).symlink_to(prefix)
                (self._versions / python.version).symlink_to(prefix)
                found.append(python.tag)
        if not (self._links / _OWN_PYTHON).exists():
            (self._links / _OWN_PYTHON).symlink_to(sys.base_prefix)
        return [tag for tag in found if not wanted or tag in wanted]

    def _install_tools(self) -> None:
        self._tools.mkdir()
        container = Path(__file__).with_name("container.py")
        programs = {
            "uv": _UV.format(pythons=self._versions),
            "docker": f'#!/bin/sh\nexec {sys.executable} {container} "$@"\n',
        }
        if shutil.which("sudo") is None and os.geteuid() == 0:
            programs["sudo"] = _SUDO
        for name, text in programs.items():
            (self._tools / name).write_text(text, encoding="utf-8")
            (self._tools / name).chmod(0o755)

    def why_not(self, runner: str, job: dict[str, Any]) -> str:
        """Say which part of GitHub's machine this one lacks; "" if none."""
        if runner.startswith("macos"):
            return "needs macOS"
        if runner.startswith("windows"):
            compiles = any(one in str(job["steps"]) for one in ("cibuildwheel", "visual_studio"))
            return "needs MSVC" if compiles else "needs Windows"
        if runner.endswith("-arm") != (platform.machine() in ("aarch64", "arm64")):
            return "needs aarch64" if runner.endswith("-arm") else "needs x86_64"
        return "needs Docker" if re.search(r"\bdocker (build|login)\b", str(job["steps"])) else ""

    def reduce(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of a matrix without the Pythons that this machine lacks."""
        reduced = dict(row)
        if "build" in row:
            here = [f"{tag}-*" for tag in self.pythons]
            reduced["build"] = " ".join(one for one in row["build"].split() if one in here)
        if "pythons" in row:
            here = [ANY, *self.pythons]
            reduced["pythons"] = ",".join(one for one in row["pythons"].split(",") if one in here)
        return reduced

    def action(self, step: dict[str, Any], job: Job) -> None:
        """Do locally what an action does on GitHub."""
        name = step["uses"].partition("@")[0]
        equivalents: dict[str, Callable[[dict[str, Any], Job], None]] = {
            "actions/checkout": self._checkout,
            "actions/setup-python": self._setup_python,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": self._download,
        }
        if name not in equivalents:
            known = ", ".join(sorted({*equivalents, *NEEDS_GITHUB}))
            raise NoEquivalent(f"add {name} to packaging/rehearsal/machine.py (known: {known})")
        equivalents[name](step.get("with", {}), job)

    def environment(self, job: Job) -> dict[str, str]:
        """The variables of a step."""
        # A variable for another checkout or compiler would change the result.
        drop = ("PYTHONPATH", "VIRTUAL_ENV", "CMAKE_", "ORTHANC_", "SOURCE_DATE_EPOCH", "CIBW_")
        mirror = "ORTHANC_PYTHON_MIRROR"  # of Orthanc's server, where this machine cannot reach it
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(drop) or key == mirror
        }
        path = [str(self._tools), str(job.python / "bin"), os.environ["PATH"]]
        return {
            **kept,
            "PATH": os.pathsep.join(path),
            "ZIG": _zig(),
            "REHEARSAL_CONTAINERS": str(self.folder / "containers"),
            "REHEARSAL_PYTHONS": str(self._links),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def _checkout(self, options: dict[str, Any], job: Job) -> None:
        """The commit, and the changes that are not committed yet."""
        git = ["git", "-C", str(project.ROOT)]
        subprocess.run(["git", "clone", "-q", str(project.ROOT), str(job.workspace)], check=True)
        changed = ["diff", "HEAD", "--name-only", "-z", "--no-renames"]
        for command in (changed, ["ls-files", "--others", "--exclude-standard", "-z"]):
            listed = subprocess.run([*git, *command], stdout=subprocess.PIPE, check=True).stdout
            for name in filter(None, listed.decode().split("\0")):
                source, target = project.ROOT / name, job.workspace / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if source.is_file():
                    shutil.copy(source, target)
                else:
                    target.unlink(missing_ok=True)

    def _setup_python(self, options: dict[str, Any], job: Job) -> None:
        prefix = _prefix(str(options["python-version"]))
        python = str(prefix / "bin" / "python3") if prefix is not None else sys.executable
        command = [sys.executable, "-m", "virtualenv", "-q", "--python", python]
        subprocess.run([*command, str(job.python)], check=True)

    def _upload(self, options: dict[str, Any], job: Job) -> None:
        target = self.artifacts / options["name"]
        target.mkdir(parents=True, exist_ok=True)
        found = glob.glob(str(job.workspace / options["path"]))
        if not found and options.get("if-no-files-found") == "error":
            raise NoEquivalent(f"no file {options['path']} to upload")
        for path in found:
            shutil.copy(path, target)

    def _download(self, options: dict[str, Any], job: Job) -> None:
        wanted = options.get("name") or options["pattern"]
        found = sorted(self.artifacts.glob(wanted))
        if not found:
            raise NoEquivalent(f"no artifact {wanted}")
        apart = "pattern" in options and not options.get("merge-multiple")
        for folder in found:
            target = job.workspace / options["path"] / (folder.name if apart else "")
            shutil.copytree(folder, target, dirs_exist_ok=True)


class Job:
    """One job: its folders, and what its steps have put out."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.python = folder / "python"
        self.output = folder / "output"
        folder.mkdir(parents=True)
        self.workspace.mkdir()
        self.output.touch()

    def outputs(self) -> dict[str, str]:
        """The lines name=value that a step has added to GITHUB_OUTPUT."""
        lines = self.output.read_text(encoding="utf-8").splitlines()
        self.output.write_text("", encoding="utf-8")
        return {line.partition("=")[0]: line.partition("=")[2] for line in lines}


def fill(folder: Path, platform_tag: str, like: Path) -> None:
    """Write stand-ins for the missing files of a platform: copies of the library in a wheel."""
    matrix, version = load(), project.version()
    target = matrix.platform(platform_tag)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(like) as source:
        members = {name: source.read(name) for name in source.namelist()}
    (inside,) = [name for name in members if "OrthancPython." in name]
    for artifact in matrix.artifacts(platforms=[platform_tag]):
        path = folder / names.library(artifact, version)
        if not path.exists():
            path.write_bytes(members[inside])
    wheel = folder / names.wheel(target, version)
    if not wheel.exists():
        members[f"orthanc_python/{names.library_in_package(target)}"] = members.pop(inside)
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)


def _prefix(version: str) -> Path | None:
    """The folder of a Python of this machine that has a shared library."""
    suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    if version == "{}.{}{}".format(*sys.version_info[:2], suffix):
        return Path(sys.base_prefix)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = root.glob(f"versions/{version}.*/lib/libpython{version}.so")
    return next((path.parents[1] for path in found), None)


def _zig() -> str:
    spec = importlib.util.find_spec("ziglang")
    return str(Path(spec.origin).parent / "zig") if spec and spec.origin else "zig"

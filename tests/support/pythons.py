# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The CPython interpreters on this machine, and packages for each of them."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .debian_chroots import Chroot

PACKAGES = ("numpy", "Pillow", "pydicom", "requests")

_QUESTION = """\
import json, platform, sys, sysconfig
get = sysconfig.get_config_var
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": list(sys.version_info[:3]),
    "executable": sys.executable,
    "base_prefix": sys.base_prefix,
    "free_threaded": bool(get("Py_GIL_DISABLED")),
    "debug": bool(get("Py_DEBUG")),
    "folders": [get("LIBDIR"), sys.base_prefix + "/lib"],
    "multiarch": get("MULTIARCH") or "",
    "names": [get("INSTSONAME"), get("LDLIBRARY")],
}))
"""


@dataclass(frozen=True)
class Python:
    """One installed CPython."""

    executable: Path
    version: tuple[int, int, int]
    free_threaded: bool
    debug: bool
    library: Path | None  # the shared libpython; None if it is static or missing

    @property
    def minor(self) -> str:
        """For example '3.13'."""
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def name(self) -> str:
        """For example '3.13.0-pyenv', unique among `installed()`."""
        flags = ("t" if self.free_threaded else "") + ("d" if self.debug else "")
        dotted = ".".join(map(str, self.version))
        return f"{dotted}{flags}-{'pyenv' if 'pyenv' in str(self.executable) else 'system'}"


def ask(executable: Path) -> Python | None:
    """The interpreter's report about itself; None if it is no CPython 3."""
    result = subprocess.run(
        [str(executable), "-ISc", _QUESTION],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if result.returncode != 0:
        return None
    answer = json.loads(result.stdout)
    if answer["implementation"] != "CPython":
        return None
    return Python(
        executable=executable,
        version=tuple(answer["version"]),
        free_threaded=answer["free_threaded"],
        debug=answer["debug"],
        library=_library(answer),
    )


def _library(answer: dict[str, list[str]]) -> Path | None:
    for folder in filter(None, answer["folders"]):
        for place in (Path(folder), Path(folder) / str(answer["multiarch"])):
            for name in filter(None, answer["names"]):
                path = place / name
                if ".so" in name and path.exists():
                    return path.resolve()
    return None


@functools.cache
def include_folder(python: Python) -> Path | None:
    """The folder of its Python.h; None if its development files are not installed."""
    code = "import sysconfig; print(sysconfig.get_path('include'))"
    command = [str(python.executable), "-ISc", code]
    folder = Path(
        subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    )
    return folder if (folder / "Python.h").is_file() else None


@functools.cache
def installed(oldest: tuple[int, int] = (3, 9)) -> tuple[Python, ...]:
    """Each CPython of pyenv and of the distribution, and the one that runs the tests, once each."""
    candidates = [*_pyenv().glob("versions/*/bin/python3"), Path(sys.base_prefix) / "bin/python3"]
    for folder in (Path("/usr/bin"), Path("/usr/local/bin")):
        candidates += [p for p in folder.glob("python3.*") if p.name[8:].isdigit()]
    found: dict[Path, Python] = {}
    for candidate in candidates:
        if candidate.exists() and candidate.resolve() not in found:
            python = ask(candidate)
            if python is not None and python.version[:2] >= oldest:
                found[candidate.resolve()] = python
    return tuple(sorted(found.values(), key=lambda python: (python.version, python.executable)))


def shared() -> list[Python]:
    """The interpreters that the plugin can load."""
    return [python for python in installed() if python.library is not None]


def _pyenv() -> Path:
    named = os.environ.get("PYENV_ROOT")
    if named:
        return Path(named)
    command = shutil.which("pyenv")
    if command is not None:
        answer = subprocess.run(
            [command, "root"], stdout=subprocess.PIPE, encoding="utf-8", check=False
        )
        if answer.returncode == 0:
            return Path(answer.stdout.strip())
    return Path.home() / ".pyenv"


@functools.cache
def environment(python: Python) -> Path:
    """A virtual environment of this interpreter with PACKAGES, as wheels, kept in the cache."""
    identity = repr((str(python.executable.resolve()), python.version, PACKAGES))
    name = f"venv-{python.minor}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    folder = cache.folder() / "venvs" / name
    with cache.locked(name):
        stamp = folder / "ready"
        if not stamp.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            virtualenv = [sys.executable, "-m", "virtualenv", "--quiet", "--python"]
            subprocess.run([*virtualenv, str(python.executable), str(folder)], check=True)
            # virtualenv has a pip for each Python, also for the oldest ones
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, "--only-binary", ":all:", *PACKAGES], check=True)
            stamp.touch()
    # The plugin waits 30 s for a Python: have its files in memory before
    assert ask(folder / "bin" / "python") is not None
    return folder


def make_environment(executable: Path, folder: Path) -> None:
    """An empty virtual environment. Without pip: Debian keeps ensurepip in another package."""
    subprocess.run([str(executable), "-m", "venv", "--without-pip", str(folder)], check=True)


def environment_in(chroot: Chroot, minor: str, *more: str) -> str:
    """A virtual environment with PACKAGES and more in a Debian release; its path inside the chroot.

    This machine's pip fetches the wheels, so that the chroot needs no network.
    """
    inside = f"/opt/{'-'.join(['venv', minor, *more])}"
    folder = chroot.path(inside)
    with cache.locked(f"suite-{chroot.name}-{folder.name}"):
        stamp = folder / "ready"
        if not stamp.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            chroot.run([f"/usr/bin/python{minor}", "-m", "venv", "--without-pip", inside])
            packages = folder / "lib" / f"python{minor}" / "site-packages"
            # Wheels have tags to select by; for other packages pip would check its own Python.
            wheels = ["--only-binary", ":all:", "--python-version", minor]
            wheels.append("--ignore-requires-python")
            pip = [sys.executable, "-m", "pip", "install", "--quiet", *wheels]
            subprocess.run([*pip, "--target", str(packages), *PACKAGES, *more], check=True)
            stamp.touch()
    return inside

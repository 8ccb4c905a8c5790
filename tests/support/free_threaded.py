# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPython without GIL, which Debian does not package: built from its sources, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from . import cache, debian_source
from .host import install_on_host

OLDEST = 13  # the first minor version that has such a build

_OPTIONS = ("--disable-gil", "--enable-shared", "--without-ensurepip", "--disable-test-modules")


def prepare(minor: int) -> Path:
    """The interpreter of CPython 3.`minor`t, with its shared library; takes minutes at first."""
    prefix = cache.folder() / "free-threaded" / f"3.{minor}"
    python = prefix / "bin" / f"python3.{minor}t"
    with cache.locked(f"free-threaded-3.{minor}"):
        if not python.is_file():
            shutil.rmtree(prefix, ignore_errors=True)
            _build(debian_source.tarball(minor), prefix)
    return python


def _build(sources: Path, prefix: Path) -> None:
    if shutil.which("cc") is None or shutil.which("make") is None:
        install_on_host("gcc", "libc6-dev", "make")
    with tempfile.TemporaryDirectory(dir=cache.folder()) as folder:
        with tarfile.open(sources) as archive:
            archive.extractall(folder)
        (top,) = Path(folder).iterdir()
        rpath = f"LDFLAGS=-Wl,-rpath,{prefix}/lib"
        _run(top, "./configure", "-q", f"--prefix={prefix}", *_OPTIONS, rpath)
        _run(top, "make", "-s", f"-j{os.cpu_count() or 2}")
        # `install` in one step would leave an interpreter without its library if interrupted
        draft = Path(folder) / "installed"
        _run(top, "make", "-s", "install", f"DESTDIR={draft}")
        prefix.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(draft / prefix.relative_to("/"), prefix)


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-30:])
        raise RuntimeError(f"{' '.join(command)} failed:\n{tail}")

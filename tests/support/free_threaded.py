# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPython without GIL, which Debian does not package: built once from its sources."""

from __future__ import annotations

import functools
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from . import cache, debian_source, pythons
from .commands import run
from .machine_packages import install_on_this_machine
from .pythons import Python

OLDEST = 13  # the first minor version that has such a build

_OPTIONS = ("--disable-gil", "--enable-shared", "--without-ensurepip", "--disable-test-modules")


@functools.cache
def python() -> Python:
    """CPython 3.13t."""
    return _asked(prepare(OLDEST))


@functools.cache
def for_thread_sanitizer(compiler: Path) -> Python:
    """CPython 3.13t, instrumented by Clang for ThreadSanitizer."""
    options = ("--with-thread-sanitizer", f"CC={compiler}")
    return _asked(_prepared(OLDEST, f"3.{OLDEST}-tsan", options))


def known_races() -> str:
    """CPython's own suppressions for ThreadSanitizer, from its sources."""
    with tarfile.open(debian_source.tarball(OLDEST)) as archive:
        name = "/Tools/tsan/suppressions_free_threading.txt"
        member = next(member for member in archive if member.name.endswith(name))
        file = archive.extractfile(member)
        assert file is not None
        return file.read().decode("utf-8")


def prepare(minor: int) -> Path:
    """The interpreter of CPython 3.`minor`t, with its shared library; takes minutes at first."""
    return _prepared(minor, f"3.{minor}", ())


def _prepared(minor: int, name: str, options: tuple[str, ...]) -> Path:
    prefix = cache.folder() / "free-threaded" / name
    python = prefix / "bin" / f"python3.{minor}t"
    with cache.locked(f"free-threaded-{name}"):
        if not python.is_file():
            shutil.rmtree(prefix, ignore_errors=True)
            _build(debian_source.tarball(minor), prefix, options)
    return python


def _asked(executable: Path) -> Python:
    answer = pythons.ask(executable)
    assert answer is not None and answer.free_threaded and answer.library is not None, answer
    return answer


def _build(sources: Path, prefix: Path, options: tuple[str, ...]) -> None:
    # with the modules that pip and the packages need
    install_on_this_machine("make", "libssl-dev", "zlib1g-dev", "libffi-dev", "libsqlite3-dev")
    with tempfile.TemporaryDirectory(dir=cache.folder()) as folder:
        with tarfile.open(sources) as archive:
            archive.extractall(folder)
        (top,) = Path(folder).iterdir()
        rpath = f"LDFLAGS=-Wl,-rpath,{prefix}/lib"
        _run(top, "./configure", "-q", f"--prefix={prefix}", *_OPTIONS, *options, rpath)
        _run(top, "make", "-s", f"-j{os.cpu_count() or 2}")
        # an interrupted `install` in one step would leave an interpreter without its library
        draft = Path(folder) / "installed"
        _run(top, "make", "-s", "install", f"DESTDIR={draft}")
        prefix.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(draft / prefix.relative_to("/"), prefix)


def _run(folder: Path, *command: str) -> None:
    # the build's own runs of the interpreter are not checked for races
    run(command, cwd=folder, env={**os.environ, "TSAN_OPTIONS": "report_bugs=0"})

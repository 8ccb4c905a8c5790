# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers of real Pythons, and scripts that pretend to be one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.pythons import Python, make_environment

PREFIXES = (
    "import json, sys; print(json.dumps([sys.version.split()[0], sys.prefix, sys.base_prefix]))"
)


def prefixes(executable: Path) -> tuple[str, Path, Path]:
    """Version, prefix and base prefix that a Python reports when started from the command line."""
    done = subprocess.run([str(executable), "-c", PREFIXES], stdout=subprocess.PIPE, check=True)
    version, prefix, base_prefix = json.loads(done.stdout)
    return version, Path(prefix), Path(base_prefix)


def wanted(python: Python) -> dict[str, Any]:
    """The options of a plugin that was built for this Python only."""
    return {
        "minor": python.version[1],
        "free_threaded": python.free_threaded,
        "debug": python.debug,
    }


class Venvs:
    """One virtual environment of each Python, created at its first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, python: Python) -> Path:
        folder = self._folder / python.name
        if not folder.exists():
            make_environment(python.executable, folder)
        return folder


def site_packages(prefix: Path, python: Python) -> Path:
    """Where pip puts the plugin's library, as a path that exists."""
    suffix = "t" if python.free_threaded else ""
    folder = prefix / "lib" / f"python{python.minor}{suffix}" / "site-packages/orthanc_python"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "libOrthancPython.so"


def write_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)
    return path


def shim(path: Path, target: Path, log: Path) -> Path:
    """A script that runs another interpreter, as pyenv's do, and counts the runs."""
    return write_script(path, f"echo run >> '{log}'\nexec '{target}' \"$@\"\n")


def pretend(path: Path, facts: Mapping[str, object], *, before: str = "") -> Path:
    """A pretended interpreter with these facts, for builds that this machine lacks."""
    folder = path.parent.parent
    defaults: dict[str, object] = {
        "implementation": "cpython",
        "version": "3.99.1",
        "executable": path,
        "prefix": folder,
        "base_prefix": folder,
        "bits": "64" if sys.maxsize > 2**32 else "32",
        "shared": "1",
        "soname": "libpython3.99.so.1.0",
    }
    answer = "".join(f"{key}={value}\0" for key, value in {**defaults, **facts}.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    data = path.with_name(path.name + ".facts")
    data.write_text(answer, encoding="utf-8")
    mark = "printf '%s\\0' \"$5\""
    return write_script(
        path, f"{before}\n{mark}\n/bin/cat '{data}'\n{mark}\n".replace("\n\n", "\n")
    )


def pretend_like(python: Python, path: Path, /, **facts: object) -> Path:
    """A pretended interpreter with the version of a real one, so that the real library fits it."""
    assert python.library
    version = ".".join(map(str, python.version))
    return pretend(path, {"version": version, "soname": python.library.name, **facts})


def linked_library(executable: Path, **env: str) -> Path | None:
    """The libpython that the loader gives the interpreter; None if it is linked to none."""
    done = subprocess.run(["ldd", str(executable)], env=env, stdout=subprocess.PIPE, text=True)
    found = re.search(r"libpython\S+ => (/.+) \(0x", done.stdout)
    return Path(found[1]) if found else None


def linked_interpreter(path: Path, library: Path, *flags: str) -> Path:
    """The interpreter of a library, linked to it."""
    source = "int Py_BytesMain(); int main(int n, char** w) { return Py_BytesMain(n, w); }"
    command = ["cc", "-x", "c", "-", "-x", "none", str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run([*command, *flags, "-o", str(path)], input=source, text=True, check=True)
    return path


@dataclass(frozen=True)
class Rejected:
    source: str
    path: str
    reason: str


def rejected_from(items: Iterable[Mapping[str, str]]) -> list[Rejected]:
    return [Rejected(**item) for item in items]


@dataclass(frozen=True)
class Search:
    found: dict[str, Any] | None
    source: str
    rejected: list[Rejected]
    report: str

    def reason_for(self, path: str | Path) -> str:
        reasons = [one.reason for one in self.rejected if one.path.split(" -> ")[0] == str(path)]
        assert len(reasons) == 1, f"{len(reasons)} rejections of {path}: {self.rejected}"
        return reasons[0]

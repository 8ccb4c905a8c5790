# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's own Python, whose library is a package of its own and may be missing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.pythons import Python, installed

# Hides the library from the commands that follow, and from no other process.
WITHOUT_LIBRARY = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$2"
rm -f "$2"/libpython3*
shift 2
exec "$@"
"""


def debian_python() -> Python:
    for python in installed():
        if python.executable.parent == Path("/usr/bin") and python.library is not None:
            return python
    pytest.skip("/usr/bin has no Python with a library")


@pytest.fixture
def python() -> Python:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        pytest.skip("needs root on Debian")
    return debian_python()


def search_without(host: Path, tmp_path: Path, python: Python, *options: str) -> dict[str, Any]:
    """The search on a machine that has no /usr/lib/.../libpython3.X.so."""
    assert python.library
    scratch = tmp_path / "overlay"
    scratch.mkdir()
    command = ["unshare", "--mount", "sh", "-c", WITHOUT_LIBRARY, "sh", str(scratch)]
    command += [str(python.library.parent), str(host), "--minor", str(python.version[1])]
    done = subprocess.run(
        [*command, *options],
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if "mount:" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_package_is_named(discover_program: Path, tmp_path: Path, python: Python) -> None:
    answer = search_without(discover_program, tmp_path, python)
    assert answer["found"] is None
    reasons = [one["reason"] for one in answer["rejected"]]
    assert any(
        reason.endswith(f"install the package libpython{python.minor}") for reason in reasons
    )
    assert f"apt install python{python.minor} libpython{python.minor}" in answer["report"]


def test_unpacked_package_serves(discover_program: Path, tmp_path: Path, python: Python) -> None:
    assert python.library
    package = f"libpython{python.minor}"
    download = ["apt-get", "download", "-qq", package]
    if subprocess.run(download, cwd=tmp_path, check=False).returncode != 0:
        pytest.skip(f"{package} cannot be downloaded")
    (archive,) = tmp_path.glob("*.deb")
    subprocess.run(["dpkg", "-x", str(archive), str(tmp_path / "unpacked")], check=True)
    (library,) = (tmp_path / "unpacked").rglob(python.library.name)
    answer = search_without(discover_program, tmp_path, python, "--library", str(library))
    assert answer["found"], answer["report"]
    assert answer["found"]["library"] == str(library)
    assert answer["found"]["prefix"] == "/usr"
    assert answer["found"]["loaded_version"].split()[0] == ".".join(map(str, python.version))


def test_python_without_its_standard_library_is_rejected(
    discover_program: Path, tmp_path: Path, python: Python
) -> None:
    """Loaded into Orthanc, such a Python would end Orthanc's process."""
    script = """
    mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work"
    mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$2"
    rm "$2/encodings/__init__.py" && shift 2 && exec "$@"
    """
    modules = f"/usr/lib/python{python.minor}"
    options = [str(discover_program), "--executable", str(python.executable)]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), modules, *options],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if "mount:" in done.stderr:
        pytest.skip(done.stderr.strip())
    answer = json.loads(done.stdout)
    assert answer["found"] is None
    assert "exited with code" in answer["rejected"][0]["reason"]

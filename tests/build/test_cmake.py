# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The build without pip: the kinds of library, and the errors when something is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import OrthancFailed
from tests.support.pythons import Python, include_folder, shared
from tests.support.servers import Servers

ROOT = Path(__file__).parents[2]
ENTRY_POINTS = {
    "OrthancPluginInitialize",
    "OrthancPluginFinalize",
    "OrthancPluginGetName",
    "OrthancPluginGetVersion",
}
WITH_HEADERS = [python for python in shared() if include_folder(python) is not None]

SCRIPT = """
import orthanc, sys

def version(output, uri, **request):
    output.AnswerBuffer(sys.version.split()[0], 'text/plain')

orthanc.RegisterRestCallback('/version', version)
"""


def configure(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["cmake", "-S", str(ROOT), "-B", str(folder), "-G", "Ninja", *options]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )


def build(folder: Path, *options: str) -> Path:
    configured = configure(folder, *options)
    assert configured.returncode == 0, configured.stdout
    built = subprocess.run(
        ["cmake", "--build", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stdout
    return folder / "libOrthancPython.so"


def exported(library: Path) -> set[str]:
    table = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], stdout=subprocess.PIPE, text=True, check=True
    )
    return {line.split()[-1] for line in table.stdout.splitlines()}


def needed(library: Path) -> set[str]:
    dynamic = subprocess.run(
        ["readelf", "-d", str(library)], stdout=subprocess.PIPE, text=True, check=True
    )
    return set(re.findall(r"NEEDED.*\[(.*)\]", dynamic.stdout))


@pytest.fixture(scope="module")
def newest() -> Python:
    return WITH_HEADERS[-1]


@pytest.fixture(scope="module")
def versioned(newest: Python, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library for the newest Python that has headers."""
    return build(
        tmp_path_factory.mktemp("versioned"),
        f"-DPYTHON_VERSION={newest.minor}",
        f"-DPYTHON_INCLUDE_DIR={include_folder(newest)}",
        "-DORTHANC_PYTHON_WERROR=ON",
    )


@pytest.fixture(scope="module")
def linked(newest: Python, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(
        tmp_path_factory.mktemp("linked"),
        f"-DPYTHON_VERSION={newest.minor}",
        f"-DPYTHON_INCLUDE_DIR={include_folder(newest)}",
        f"-DPYTHON_LIBRARY={newest.library}",
        "-DPYTHON_LINKAGE=linked",
    )


def test_the_installed_library_exports_the_entry_points_only(plugin: Path) -> None:
    assert exported(plugin) == ENTRY_POINTS
    assert not any("python" in name for name in needed(plugin))


def test_a_library_for_one_version_serves_that_version(
    versioned: Path, newest: Python, orthanc: Servers
) -> None:
    assert exported(versioned) == ENTRY_POINTS
    assert not any("python" in name for name in needed(versioned))
    server = orthanc(
        SCRIPT, plugin=versioned, config={"Python": {"Executable": str(newest.executable)}}
    )
    assert server.get("/version").text == ".".join(map(str, newest.version))


def test_a_library_for_one_version_refuses_another_version(
    versioned: Path, newest: Python, orthanc: Servers
) -> None:
    others = [python for python in shared() if python.minor != newest.minor]
    place: dict[str, Any] = {"debian": "trixie"}  # a machine may have one Python only
    other, executable = "3.13", "/usr/bin/python3"
    if others:
        place, other, executable = {}, others[0].minor, str(others[0].executable)
    with pytest.raises(OrthancFailed) as caught:
        orthanc(SCRIPT, plugin=versioned, config={"Python": {"Executable": executable}}, **place)
    assert f"Python {newest.minor}" in caught.value.log
    assert other in caught.value.log


def test_a_linked_library_runs_without_a_search(
    linked: Path, newest: Python, orthanc: Servers
) -> None:
    assert exported(linked) == ENTRY_POINTS
    assert any("libpython" in name for name in needed(linked))
    server = orthanc(
        SCRIPT,
        plugin=linked,
        config={"Python": {"Executable": str(newest.executable)}},
        env={"LD_LIBRARY_PATH": str(newest.library.parent if newest.library else "")},
    )
    assert server.get("/version").text == ".".join(map(str, newest.version))


def test_a_package_holds_the_library_and_the_documents(linked: Path, tmp_path: Path) -> None:
    """docs/how-to/install-linux.md lists these files for packagers; Homebrew's formula has them."""
    command = ["cmake", "--install", str(linked.parent), "--prefix", "/usr"]
    subprocess.run(command, env={**os.environ, "DESTDIR": str(tmp_path)}, check=True)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [Path("usr/share/orthanc/plugins/libOrthancPython.so")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-DPYTHON_VERSION=2.7"], ["2.7", "3.9"]),
        (["-DPYTHON_VERSION=three"], ["three", "3.13"]),
        (["-DPYTHON_VERSION=any", "-DPYTHON_LINKAGE=linked"], ["PYTHON_VERSION"]),
        (["-DPYTHON_LINKAGE=static"], ["PYTHON_LINKAGE", "static"]),
        (["-DPYTHON_VERSION=3.88"], ["python3.88", "PYTHON_VERSION=any"]),
        (
            ["-DPYTHON_VERSION=3.12", "-DPYTHON_INCLUDE_DIR=/nowhere"],
            ["/nowhere", "libpython3.12-dev", "PYTHON_INCLUDE_DIR"],
        ),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: list[str], words: list[str]) -> None:
    result = configure(tmp_path, *options)
    assert result.returncode != 0
    text = " ".join(result.stdout.split())  # CMake wraps its messages
    for word in words:
        assert word in text


def test_a_missing_library_is_named(tmp_path: Path, newest: Python) -> None:
    result = configure(
        tmp_path,
        f"-DPYTHON_VERSION={newest.minor}",
        f"-DPYTHON_INCLUDE_DIR={include_folder(newest)}",
        "-DPYTHON_LIBRARY=/nowhere/libpython.so",
        "-DPYTHON_LINKAGE=linked",
    )
    assert result.returncode != 0
    assert f"libpython{newest.minor}-dev" in " ".join(result.stdout.split())


def test_a_missing_compiler_is_named(tmp_path: Path) -> None:
    result = configure(tmp_path, "-DPYTHON_VERSION=any", "-DCMAKE_CXX_COMPILER=no-such-compiler")
    assert result.returncode != 0
    assert "no-such-compiler" in result.stdout


def test_the_stub_is_installed_beside_the_package(plugin: Path, tmp_path: Path) -> None:
    """Holds for an installed package; a library from a build folder has no package around it."""
    if plugin.parent.name != "orthanc_python":
        return
    assert (plugin.parents[1] / "orthanc-stubs" / "__init__.pyi").is_file()
    assert (plugin.parents[1] / "orthanc" / "__init__.py").is_file()  # mypy must prefer the stub
    script = tmp_path / "script.py"
    script.write_text(
        "import orthanc\nreveal_type(orthanc.RestApiGet('/system'))\n", encoding="utf-8"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", script.name],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "bytes" in result.stdout
    assert "Success" in result.stdout

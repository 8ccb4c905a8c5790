# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Host programs around the discovery, and the Pythons of this machine to be discovered."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.interpreter.support import Search, Venvs, rejected_from
from tests.support import cache

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "src" / "plugin" / "interpreter"


def compile_host(name: str, sources: list[Path], output: Path) -> Path:
    """Build one host program; CXX and CXXFLAGS (sanitizers, say) are understood as usual."""
    command = [
        *shlex.split(os.environ.get("CXX", "c++")),
        *("-std=c++17", "-O0", "-g", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES.parent}"),
        *shlex.split(os.environ.get("CXXFLAGS", "")),
        *map(str, [HERE / name, *sources]),
        *("-o", str(output), "-pthread", "-ldl"),
    ]
    # The workers of pytest-xdist share the result.
    with cache.locked("interpreter-hosts"):
        if not output.exists():
            subprocess.run(command, check=True)
    return output


@pytest.fixture(scope="session")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    (folder / "interpreter-hosts").mkdir(exist_ok=True)
    return folder / "interpreter-hosts"


@pytest.fixture(scope="session")
def process_host(build_folder: Path) -> Path:
    return compile_host(
        "process_main.cpp", [SOURCES / "process_unix.cpp"], build_folder / "process"
    )


@pytest.fixture(scope="session")
def discover_host(build_folder: Path) -> Path:
    sources = [SOURCES / "process_unix.cpp", *sorted((SOURCES / "discovery").glob("*.cpp"))]
    sources = [path for path in sources if not path.stem.endswith("_windows")]
    return compile_host("discover_main.cpp", sources, build_folder / "discover")


@pytest.fixture(scope="session")
def venvs(tmp_path_factory: pytest.TempPathFactory) -> Venvs:
    return Venvs(tmp_path_factory.mktemp("venvs"))


@pytest.fixture
def discover(discover_host: Path, tmp_path: Path) -> Callable[..., Search]:
    """Search with the given options, in an environment that has nothing but what is given."""
    empty = tmp_path / "empty-folder-of-path"
    empty.mkdir()

    def search(
        *,
        executable: str | Path = "",
        virtual_env: str | Path = "",
        library: str | Path = "",
        plugin: str | Path = "",
        minor: int = 0,
        free_threaded: bool = False,
        debug: bool = False,
        path: list[Path] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Search:
        command = [str(discover_host), "--executable", str(executable)]
        command += ["--virtual-env", str(virtual_env), "--library", str(library)]
        command += ["--plugin", str(plugin), "--minor", str(minor)]
        command += ["--free-threaded"] * free_threaded + ["--debug"] * debug
        folders = os.pathsep.join(map(str, [empty] if path is None else path))
        result = subprocess.run(
            command,
            env={"PATH": folders, "HOME": str(tmp_path), **(env or {})},
            cwd=cwd or tmp_path,
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        )
        answer = json.loads(result.stdout)
        return Search(
            found=answer["found"],
            source=answer["source"],
            rejected=rejected_from(answer["rejected"]),
            report=answer["report"],
        )

    return search

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A program around the discovery, and the Pythons of this machine to be discovered."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.discovery.support import Search, Venvs, rejected_from
from tests.support.native import SOURCES, compile_program

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def discover_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = [
        path for folder in ("platform", "discovery") for path in (SOURCES / folder).glob("*.cpp")
    ]
    sources = sorted(path for path in sources if not path.stem.endswith("_windows"))
    return compile_program(HERE / "discover_main.cpp", sources, tmp_path_factory)


@pytest.fixture(scope="session")
def venvs(tmp_path_factory: pytest.TempPathFactory) -> Venvs:
    return Venvs(tmp_path_factory.mktemp("venvs"))


@pytest.fixture
def discover(discover_program: Path, tmp_path: Path) -> Callable[..., Search]:
    """Search with the given options, in an environment that has only the given variables."""
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
        command = [str(discover_program), "--executable", str(executable)]
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

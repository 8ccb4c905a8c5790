# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the plugin and the fake Orthanc with a sanitizer, and checks its reports."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import cache, clang, fake_orthanc
from tests.support.fake_orthanc import ROOT, FakeOrthanc, run_cmake

SCRIPT = ROOT / "tests/fake_orthanc/every_callback.py"


@dataclass(frozen=True)
class Sanitized:
    """The plugin and the fake Orthanc, built with the same sanitizer."""

    plugin: Path
    program: Path


@pytest.fixture(scope="session")
def sanitized() -> Callable[[str], Sanitized]:
    """Builds both; the argument is the value of -fsanitize=."""

    def build(sanitizers: str) -> Sanitized:
        name = sanitizers.replace(",", "-")
        plugin, fake = (cache.build_folder(f"{kind}-{name}") for kind in ("plugin", "fake"))
        with cache.locked(f"build-{plugin.name}"):
            common = [*clang.options(), "-DCMAKE_BUILD_TYPE=RelWithDebInfo"]
            options = ["-DPYTHON_VERSION=any", f"-DORTHANC_PYTHON_SANITIZE={sanitizers}"]
            run_cmake(ROOT, plugin, *common, *options)
            fake_orthanc.build(fake, *common, f"-DFAKE_ORTHANC_SANITIZE={sanitizers}")
        return Sanitized(plugin / "libOrthancPython.so", fake / "fake_orthanc")

    return build


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., FakeOrthanc]]:
    """Starts the fake Orthanc with every_callback.py; `options` are options of the plugin."""
    with ExitStack() as stack:

        def run(
            built: Sanitized, python: Path, env: Mapping[str, str], **options: object
        ) -> FakeOrthanc:
            file = tmp_path / "orthanc.json"
            section = {"Executable": str(python), **options}
            content = {"PythonScript": str(SCRIPT), "Python": section}
            file.write_text(json.dumps(content), encoding="utf-8")
            # without random addresses, which some sanitizers do not support on some kernels
            command = ["setarch", "-R", str(built.program), str(built.plugin), str(file)]
            environment = {**os.environ, **env}
            return stack.enter_context(
                FakeOrthanc(command, cwd=tmp_path, env=environment, timeout=600)
            )

        yield run


def check_end(fake: FakeOrthanc, folder: Path) -> None:
    """Stops the fake Orthanc, and fails with the text of the files named report.*"""
    code = fake.stop()
    reports = [path.read_text("utf-8", "replace") for path in sorted(folder.glob("report.*"))]
    assert not reports, "".join(reports)[:20000]
    assert code == 0

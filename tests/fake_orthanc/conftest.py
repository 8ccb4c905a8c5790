# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the fake Orthanc for this machine, and runs scripts in it."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import cache, fake_orthanc
from tests.support.fake_orthanc import FakeOrthanc

Start = Callable[..., FakeOrthanc]
EVERY_CALLBACK = Path(__file__).with_name("every_callback.py")


@pytest.fixture(scope="session")
def fake_orthanc_program() -> Path:
    folder = cache.build_folder("fake-orthanc")
    with cache.locked(f"build-{folder.name}"):
        fake_orthanc.build(folder)
    return folder / "fake_orthanc"


@pytest.fixture(scope="session")
def static_fake_orthanc() -> Path:
    """The same with the C++ runtime and the unwinder linked in, as in some builds of Orthanc."""
    folder = cache.build_folder("fake-orthanc-static")
    with cache.locked(f"build-{folder.name}"):
        linked = "-DCMAKE_EXE_LINKER_FLAGS=-static-libgcc -static-libstdc++"
        fake_orthanc.build(folder, linked)
    return folder / "fake_orthanc"


@pytest.fixture
def start(fake_orthanc_program: Path, universal_plugin: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the fake Orthanc with a script, its path or its text.

    `options` go into the section "Python", `root` into Orthanc's configuration.
    """
    with ExitStack() as stack:

        def run(
            script: str | Path,
            version: str = "1.13.0",
            *,
            program: Path = fake_orthanc_program,
            plugin: Path = universal_plugin,
            python: Path = Path(sys.executable),
            env: Mapping[str, str] | None = None,
            root: Mapping[str, object] | None = None,
            **options: object,
        ) -> FakeOrthanc:
            if isinstance(script, str):
                path = tmp_path / "script.py"
                path.write_text(textwrap.dedent(script), encoding="utf-8")
                script = path
            configuration = {
                **(root or {}),
                "PythonScript": str(script),
                "Python": {"Executable": str(python), **options},
            }
            file = tmp_path / "orthanc.json"
            file.write_text(json.dumps(configuration), encoding="utf-8")
            command = [str(program), str(plugin), str(file), version]
            return stack.enter_context(
                FakeOrthanc(command, cwd=tmp_path, env={**os.environ, **(env or {})})
            )

        yield run

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A second DLL of the plugin in one process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.windows.binaries import Binaries
from tests.windows.conftest import FakeOrthancs
from tests.windows.wine import Wine


@pytest.mark.parametrize("machine", ["x64"])
def test_the_second_dll_sees_the_first(
    wine_for: Callable[[str], Wine],
    binaries_for: Callable[[str], Binaries],
    fakes: FakeOrthancs,
    machine: str,
) -> None:
    wine, built, folder = wine_for(machine), binaries_for(machine), fakes.folder(machine=machine)
    program = folder / "names.exe"
    source = Path(__file__).with_name("names_main.c")
    subprocess.run([built.compiler, "-municode", "-o", str(program), str(source)], check=True)
    first = Path(shutil.copy(built.plugin, folder / "OrthancPython3.13.dll"))
    second = Path(shutil.copy(built.plugin, folder / "OrthancPython.dll"))
    command = [wine.path(path) for path in (program, first, second, first)]
    printed = wine.run(command).stdout.splitlines()
    printed = [line for line in printed if line.startswith("python")]  # Wine adds warnings
    assert printed == ["python", "python (second library)", "python"]

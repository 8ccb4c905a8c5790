# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The DLL as a file: its exports, imports and version information."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import lief
import pytest

from tests.windows.binaries import Binaries

SYSTEM = {"advapi32.dll", "kernel32.dll", "msvcrt.dll"}  # part of every Windows


@pytest.fixture(scope="module", params=["x64", "x86"])
def built(request: pytest.FixtureRequest, binaries_for: Callable[[str], Binaries]) -> Binaries:
    return binaries_for(request.param)


@pytest.fixture(scope="module")
def headers(built: Binaries) -> str:
    command = [built.objdump, "-p", str(built.plugin)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_exports_the_entry_points_only(headers: str) -> None:
    table = headers.partition("[Ordinal/Name Pointer] Table")[2]
    assert set(re.findall(r"\[ *\d+\].*?(\w+)$", table.partition("\n\n")[0], re.MULTILINE)) == {
        "OrthancPluginInitialize",
        "OrthancPluginFinalize",
        "OrthancPluginGetName",
        "OrthancPluginGetVersion",
    }


def test_needs_the_system_only(headers: str) -> None:
    assert {name.lower() for name in re.findall(r"DLL Name: (\S+)", headers)} <= SYSTEM


def test_has_a_version_resource(built: Binaries) -> None:
    data = built.plugin.read_bytes()
    for text in ("VS_VERSION_INFO", "OrthancPython.dll", "Orthanc Python plugin"):
        assert text.encode("utf-16-le") in data


def test_bears_no_date(built: Binaries) -> None:
    """The same sources must give the same file."""
    binary = lief.PE.parse(str(built.plugin))
    assert isinstance(binary, lief.PE.Binary)
    assert binary.header.time_date_stamps == 0

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check libraries for Windows."""

from __future__ import annotations

import re

import lief

from ..matrix_file import Platform
from .exports import wrong_exports

_MACHINES = {
    "x86_64": lief.PE.Header.MACHINE_TYPES.AMD64,
    "x86": lief.PE.Header.MACHINE_TYPES.I386,
}
# The libraries of every Windows from 7 on. The C runtime is linked statically, except the system's
# msvcrt.dll, which MinGW uses.
_SYSTEM = re.compile(
    r"(kernel32|advapi32|user32|shell32|shlwapi|ole32|msvcrt|ntdll|ucrtbase|version"
    r"|api-ms-win-[a-z0-9-]+)\.dll$",
    re.IGNORECASE,
)


def check(data: bytes, platform: Platform, version: str) -> list[str]:
    """The problems of a library, one line each."""
    binary = lief.PE.parse(list(data))
    if not isinstance(binary, lief.PE.Binary):
        return ["is not a PE file"]
    (machine,) = platform.machines
    problems = []
    if binary.header.machine != _MACHINES[machine]:
        problems.append(f"is for {binary.header.machine}, not for {machine}")
    exported = {str(entry.name) for entry in binary.exported_functions}
    problems += wrong_exports(exported)
    for name in map(str, binary.libraries):
        if not _SYSTEM.match(name):
            problems.append(f"needs {name}, which is not part of Windows")
    characteristics = binary.optional_header.dll_characteristics_lists
    for wanted in ("DYNAMIC_BASE", "NX_COMPAT"):
        if getattr(lief.PE.OptionalHeader.DLL_CHARACTERISTICS, wanted) not in characteristics:
            problems.append(f"is linked without {wanted}")
    return problems + _wrong_resource(data, version)


def _wrong_resource(data: bytes, version: str) -> list[str]:
    """Explorer's tab "Details" must show the version to administrators."""
    if "VS_VERSION_INFO".encode("utf-16-le") not in data:
        return ["has no version resource"]
    if version.encode("utf-16-le") not in data:
        return [f"its version resource does not say {version}"]
    return []

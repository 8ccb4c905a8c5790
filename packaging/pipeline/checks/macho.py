# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check libraries for macOS."""

from __future__ import annotations

import lief

from ..matrix_file import Platform
from .exports import wrong_exports

_CPUS = {
    "x86_64": lief.MachO.Header.CPU_TYPE.X86_64,
    "aarch64": lief.MachO.Header.CPU_TYPE.ARM64,
}
lief.logging.disable()  # this module reports the problems

_LIBRARIES = ("/usr/lib/libSystem.B.dylib", "/usr/lib/libc++.1.dylib")
_INSTALL_NAME = "@rpath/libOrthancPython.dylib"
# Linkers add these symbols, which mark the beginning of a library.
_OF_LINKERS = {"__dso_handle", "_mh_dylib_header", "__mh_dylib_header", "___dso_handle"}
_ADHOC = 0x2  # flag of a code directory
_CODE_DIRECTORY = 0xFADE0C02


def check(data: bytes, platform: Platform) -> list[str]:
    """The problems of a library, one line each."""
    parsed = lief.MachO.parse(list(data))
    if parsed is None:
        return ["is not a Mach-O file"]
    slices = list(parsed)
    problems = []
    for machine in platform.machines:
        matching = [part for part in slices if part.header.cpu_type == _CPUS[machine]]
        if len(matching) == 1:
            found = _check_slice(matching[0], platform)
            problems += [f"{machine}: {text}" for text in found]
        else:
            problems.append(f"has {len(matching)} slices for {machine}")
    if len(slices) != len(platform.machines):
        problems.append(f"has {len(slices)} slices")
    return problems


def _check_slice(binary: lief.MachO.Binary, platform: Platform) -> list[str]:
    problems = []
    if binary.header.file_type != lief.MachO.Header.FILE_TYPE.DYLIB:
        problems.append(f"is a {binary.header.file_type}, which Orthanc does not open")
    exported = {str(symbol.name)[1:] for symbol in binary.exported_symbols}
    problems += wrong_exports(exported - _OF_LINKERS)
    identity = [
        library
        for library in binary.libraries
        if library.command == lief.MachO.LoadCommand.TYPE.ID_DYLIB
    ]
    if [library.name for library in identity] != [_INSTALL_NAME]:
        problems.append(f"install name is {[library.name for library in identity]}")
    for library in binary.libraries:
        if library not in identity and library.name not in _LIBRARIES:
            problems.append(f"needs {library.name}")
    problems += _wrong_minimum(binary, platform.macos)
    arm64 = binary.header.cpu_type == _CPUS["aarch64"]  # linkers sign only for arm64
    if arm64 and not _is_signed_adhoc(binary):
        problems.append("has no ad-hoc signature, without which arm64 does not run it")
    return problems


def _wrong_minimum(binary: lief.MachO.Binary, wanted: str) -> list[str]:
    if binary.build_version is not None:
        minimum = list(binary.build_version.minos)
    elif binary.version_min is not None:
        minimum = list(binary.version_min.version)
    else:
        return ["says nothing of the macOS that it needs"]
    text = ".".join(str(number) for number in minimum[:2])
    return [] if text == wanted else [f"is for macOS {text}, not for {wanted}"]


def _is_signed_adhoc(binary: lief.MachO.Binary) -> bool:
    if binary.code_signature is None:
        return False
    blob = bytes(binary.code_signature.content)
    # A super blob: magic, length, count, then (type, offset) of each blob in it
    for index in range(int.from_bytes(blob[8:12], "big")):
        start = int.from_bytes(blob[16 + 8 * index : 20 + 8 * index], "big")
        if int.from_bytes(blob[start : start + 4], "big") == _CODE_DIRECTORY:
            return bool(int.from_bytes(blob[start + 12 : start + 16], "big") & _ADHOC)
    return False

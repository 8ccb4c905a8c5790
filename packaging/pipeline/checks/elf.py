# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check libraries for Linux."""

from __future__ import annotations

import re

import lief

from ..matrix_file import Platform
from .exports import wrong_exports

_MACHINES = {"x86_64": lief.ELF.ARCH.X86_64, "aarch64": lief.ELF.ARCH.AARCH64}

# The C and C++ runtime: every Linux that runs Orthanc has these libraries.
_LIBRARIES = {
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libstdc++.so.6",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
}

# The newest symbols of the runtime that manylinux_2_28 allows
_NEWEST = {"GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (8,)}


def check(data: bytes, platform: Platform) -> list[str]:
    """The problems of a library, one line each."""
    binary = lief.ELF.parse(list(data))
    if binary is None:
        return ["is not an ELF file"]
    (machine,) = platform.machines
    problems = []
    if binary.header.machine_type != _MACHINES[machine]:
        problems.append(f"is for {binary.header.machine_type}, not for {machine}")
    problems += wrong_exports(_exports(binary))
    problems += [f"needs {name}" for name in map(str, binary.libraries) if name not in _LIBRARIES]
    problems += _too_new(binary, platform.glibc)
    tags = {entry.tag for entry in binary.dynamic_entries}
    if lief.ELF.DynamicEntry.TAG.RPATH in tags or lief.ELF.DynamicEntry.TAG.RUNPATH in tags:
        problems.append("has a search path for libraries in it")
    if not any(segment.type == lief.ELF.Segment.TYPE.GNU_RELRO for segment in binary.segments):
        problems.append("is linked without -z relro")
    stack = binary.get(lief.ELF.Segment.TYPE.GNU_STACK)
    if stack is None or lief.ELF.Segment.FLAGS.X in stack.flags:
        problems.append("asks for an executable stack")
    return problems


def _exports(binary: lief.ELF.Binary) -> set[str]:
    return {str(symbol.name) for symbol in binary.exported_symbols if symbol.name}


def _too_new(binary: lief.ELF.Binary, glibc: str) -> list[str]:
    newest = {**_NEWEST, "GLIBC": _numbers(glibc)}
    problems = []
    for requirement in binary.symbols_version_requirement:
        for version in requirement.get_auxiliary_symbols():
            name = str(version.name)
            match = re.match(r"([A-Z]+)_([\d.]+)$", name)
            if match and match[1] in newest and _numbers(match[2]) > newest[match[1]]:
                problems.append(f"needs {name} of {requirement.name!s}")
    return problems


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))

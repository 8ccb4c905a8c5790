# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The processors for which a program or library is built, read from its header."""

from __future__ import annotations

import struct
from pathlib import Path

_ELF = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64", 21: "ppc64"}
_PE = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64"}
_MACH = {0x1000007: "x86_64", 0x100000C: "aarch64", 7: "x86"}


def architectures(path: Path) -> set[str]:
    """The processors, e.g. {"x86_64"}; empty if the file is not a binary or is unknown."""
    try:
        with open(path, "rb") as file:
            return _parse(file.read(4096))
    except (OSError, struct.error):
        return set()


def _parse(head: bytes) -> set[str]:
    if head[:4] == b"\x7fELF":
        order = "<" if head[5] == 1 else ">"
        return {_ELF.get(struct.unpack_from(order + "H", head, 18)[0], "other")}
    if head[:2] == b"MZ":
        (offset,) = struct.unpack_from("<I", head, 0x3C)
        if head[offset : offset + 4] != b"PE\0\0":
            return set()
        return {_PE.get(struct.unpack_from("<H", head, offset + 4)[0], "other")}
    if head[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"):
        return {_MACH.get(struct.unpack_from("<I", head, 4)[0], "other")}
    if head[:4] == b"\xca\xfe\xba\xbe":  # universal: several architectures in one file
        (count,) = struct.unpack_from(">I", head, 4)
        if count > 16:  # a Java class begins with the same magic number
            return set()
        parts = (struct.unpack_from(">I", head, 8 + 20 * index)[0] for index in range(count))
        return {_MACH.get(part, "other") for part in parts}
    return set()

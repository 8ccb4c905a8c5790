# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Join Mach-O files, each for one processor, into a universal file, as lipo does."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_FAT_MAGIC = 0xCAFEBABE
_THIN_MAGIC = 0xFEEDFACF
_ALIGNMENT = 14  # 16 KiB, the page size of Apple's processors


def join(slices: Sequence[bytes]) -> bytes:
    """The universal file, with the slices sorted by the number of their processor."""
    ordered = sorted(slices, key=_cpu)
    if len({_cpu(part) for part in ordered}) != len(ordered):
        raise ValueError("Two slices are for the same processor")
    header = struct.pack(">II", _FAT_MAGIC, len(ordered))
    offset, body = 1 << _ALIGNMENT, b""
    for part in ordered:
        cpu, subtype = struct.unpack_from("<ii", part, 4)
        header += struct.pack(">iiIII", cpu, subtype, offset, len(part), _ALIGNMENT)
        padding = -len(part) % (1 << _ALIGNMENT)
        body += part + b"\0" * padding
        offset += len(part) + padding
    return header.ljust(1 << _ALIGNMENT, b"\0") + body


def _cpu(part: bytes) -> int:
    magic, cpu = struct.unpack_from("<Ii", part)
    if magic != _THIN_MAGIC:
        raise ValueError("Not a Mach-O file of 64 bits for one processor")
    return int(cpu)

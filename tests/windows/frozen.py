# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Extracts files from a program that PyInstaller has created.

Such a program ends with an archive, and the archive with a table of contents and a trailer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_MAGIC = b"MEI\014\013\012\013\016"
_TRAILER = struct.Struct("!8sIIII64s")  # magic, size, offset and size of the table, Python, name
_ENTRY = struct.Struct("!IIIIBc")  # size of the entry, offset, size, size unpacked, packed?, kind


def files(program: bytes) -> Iterator[tuple[str, bytes]]:
    """The shared libraries and other plain files of the program, with their names."""
    trailer = program.rindex(_MAGIC)
    _, size, table, table_size, _, _ = _TRAILER.unpack_from(program, trailer)
    start = trailer + _TRAILER.size - size
    position, end = start + table, start + table + table_size
    while position < end:
        length, place, packed, _, compressed, kind = _ENTRY.unpack_from(program, position)
        name = program[position + _ENTRY.size : position + length].rstrip(b"\0").decode()
        position += length
        if kind in (b"b", b"x"):
            data = program[start + place : start + place + packed]
            yield name.replace("\\", "/"), zlib.decompress(data) if compressed else data

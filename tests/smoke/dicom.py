# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small DICOM file, written without any library, because a new machine has none."""

from __future__ import annotations

import struct
import uuid

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


def instance(patient: str) -> bytes:
    """An image of 2 x 2 pixels with unique identifiers (DICOM PS3.10)."""
    study, series, sop = (f"2.25.{uuid.uuid4().int}" for _ in range(3))
    meta = _element(0x00020001, "OB", b"\0\1")
    meta += _text(0x00020002, "UI", _SECONDARY_CAPTURE)
    meta += _text(0x00020003, "UI", sop)
    meta += _text(0x00020010, "UI", _EXPLICIT_LITTLE_ENDIAN)
    data = _text(0x00080016, "UI", _SECONDARY_CAPTURE)
    data += _text(0x00080018, "UI", sop)
    data += _text(0x00080060, "CS", "OT")
    data += _text(0x00100010, "PN", "Smoke^Test")
    data += _text(0x00100020, "LO", patient)
    data += _text(0x0020000D, "UI", study)
    data += _text(0x0020000E, "UI", series)
    for tag, value in (
        (0x00280002, 1),
        (0x00280010, 2),
        (0x00280011, 2),
        (0x00280100, 8),
        (0x00280101, 8),
        (0x00280102, 7),
        (0x00280103, 0),
    ):
        if tag == 0x00280010:
            data += _text(0x00280004, "CS", "MONOCHROME2")
        data += _element(tag, "US", struct.pack("<H", value))
    data += _element(0x7FE00010, "OB", bytes(range(4)))
    length = _element(0x00020000, "UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data


def _text(tag: int, kind: str, value: str) -> bytes:
    padding = "\0" if kind == "UI" else " "
    return _element(tag, kind, (value + padding * (len(value) % 2)).encode("ascii"))


def _element(tag: int, kind: str, value: bytes) -> bytes:
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, kind.encode("ascii"))
    if kind == "OB":
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value

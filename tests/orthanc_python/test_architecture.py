# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import platform
import struct
import sys
from pathlib import Path

import pytest

from orthanc_python.architecture import architectures


def test_this_python() -> None:
    machine = platform.machine().lower()
    name = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    assert name in architectures(Path(os.path.realpath(sys.executable)))


def pe(machine: int) -> bytes:
    return (
        b"MZ".ljust(0x3C, b"\0")
        + struct.pack("<I", 0x80)
        + b"".ljust(0x40, b"\0")
        + (b"PE\0\0" + struct.pack("<H", machine))
    )


def universal(*machines: int) -> bytes:
    parts = [struct.pack(">IIIII", machine, 0, 4096, 4096, 12) for machine in machines]
    return struct.pack(">II", 0xCAFEBABE, len(machines)) + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x7fELF\x02\x01".ljust(18, b"\0") + struct.pack("<H", 62), {"x86_64"}),
        (b"\x7fELF\x02\x01".ljust(18, b"\0") + struct.pack("<H", 183), {"aarch64"}),
        (b"\x7fELF\x01\x01".ljust(18, b"\0") + struct.pack("<H", 3), {"x86"}),
        (b"\x7fELF\x02\x02".ljust(18, b"\0") + struct.pack(">H", 21), {"ppc64"}),
        (pe(0x8664), {"x86_64"}),
        (pe(0x14C), {"x86"}),
        (b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x100000C), {"aarch64"}),
        (universal(0x1000007, 0x100000C), {"x86_64", "aarch64"}),
        (struct.pack(">II", 0xCAFEBABE, 61), set()),
        (b"#!/bin/sh\n", set()),
        (b"MZ", set()),
        (b"", set()),
    ],
)
def test_header(tmp_path: Path, content: bytes, expected: set[str]) -> None:
    (tmp_path / "file").write_bytes(content)
    assert architectures(tmp_path / "file") == expected


def test_missing_file(tmp_path: Path) -> None:
    assert architectures(tmp_path / "file") == set()

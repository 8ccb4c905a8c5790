# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wheels and archives: their tags, and that builds are reproducible."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tarfile
import zipfile
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from pipeline import archives, wheels
from pipeline.archives import Member
from pipeline.checks import wheel as check

from tests.packaging.conftest import EPOCH, artifact, raw_wheel

LINUX = "manylinux_2_28_x86_64"


def finished(tmp_path: Path, python: str = "cp313t", **options: bytes) -> Path:
    raw = raw_wheel(tmp_path / "raw.whl", "libOrthancPython.so", b"library")
    return wheels.finish(raw, tmp_path, artifact(python, LINUX), EPOCH, **options)


def test_the_tags_match_the_target(tmp_path: Path) -> None:
    wheel = finished(tmp_path)
    assert wheel.name == f"orthanc_python-1.0-cp313-cp313t-{LINUX}.whl"
    text = wheels.read(wheel)["orthanc_python-1.0.dist-info/WHEEL"].data.decode()
    assert [line for line in text.splitlines() if line.startswith("Tag")] == [
        f"Tag: cp313-cp313t-{LINUX}"
    ]


def test_the_record_is_right(tmp_path: Path) -> None:
    members = wheels.read(finished(tmp_path, replacement=b"another library"))
    record = members.pop("orthanc_python-1.0.dist-info/RECORD").data.decode()
    rows = {row[0]: row for row in csv.reader(io.StringIO(record))}
    assert rows.pop("orthanc_python-1.0.dist-info/RECORD")[1:] == ["", ""]
    assert set(rows) == set(members)
    for name, member in members.items():
        digest = urlsafe_b64decode(rows[name][1][len("sha256=") :] + "=")
        assert digest == hashlib.sha256(member.data).digest()
        assert int(rows[name][2]) == len(member.data)


def test_the_library_can_be_replaced(tmp_path: Path) -> None:
    made = artifact("any", LINUX)
    wheel = finished(tmp_path, "any", replacement=b"universal")
    assert wheels.library(wheel, made.platform) == b"universal"
    assert check.check(wheel, made, b"universal") == []


def test_a_wheel_without_library_is_refused(tmp_path: Path) -> None:
    raw = raw_wheel(tmp_path / "raw.whl", "OrthancPython.dll", b"library")
    with pytest.raises(ValueError, match=r"holds no orthanc_python/libOrthancPython\.so"):
        wheels.finish(raw, tmp_path, artifact("any", LINUX), EPOCH)


def test_the_check_of_wheels_notices_faults(tmp_path: Path) -> None:
    wheel = finished(tmp_path, "cp313")
    made = artifact("cp313", LINUX)
    assert check.check(wheel, made, b"library") == []
    (problem,) = check.check(wheel, made, b"other")
    assert "is not the library that is released beside it" in problem
    problems = check.check(wheel, artifact("cp312", LINUX), b"library")
    assert any("is not tagged cp312-cp312" in problem for problem in problems)
    broken = tmp_path / wheel.name.replace("1.0", "1.1")
    members = wheels.read(wheel)
    members["orthanc_python.libs/libz.so"] = Member(b"")
    del members["orthanc-stubs/__init__.pyi"]
    archives.write(broken, members, EPOCH)
    problems = check.check(broken, made, b"library")
    assert any("libz.so" in problem for problem in problems)
    assert "lacks orthanc-stubs/__init__.pyi" in problems


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_archives_are_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    members = {"a/b.so": Member(b"x" * 1000, True), "a/README.txt": Member(b"text")}
    paths = [tmp_path / f"{index}{suffix}" for index in range(2)]
    for path, mask in zip(paths, (0o022, 0o077)):
        old = os.umask(mask)
        archives.write(path, members, EPOCH)
        os.umask(old)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_permissions_survive(tmp_path: Path) -> None:
    members = {"run": Member(b"", True), "text": Member(b"")}
    archives.write(tmp_path / "x.tar.gz", members, EPOCH)
    archives.write(tmp_path / "x.zip", members, EPOCH)
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        assert [member.mode for member in tar] == [0o755, 0o644]
        assert {member.mtime for member in tar} == {EPOCH}
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        modes = [info.external_attr >> 16 & 0o777 for info in archive.infolist()]
    assert modes == [0o755, 0o644]

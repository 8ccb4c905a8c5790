# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks notice faults of wheels, and archives are reproducible."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from pipeline import archives
from pipeline.archives import Member
from pipeline.checks import wheel as check

from tests.packaging.conftest import EPOCH, artifact, make_wheel

LINUX = "manylinux_2_28_x86_64"


def test_the_check_of_wheels_notices_faults(tmp_path: Path) -> None:
    platform = artifact("any", LINUX).platform
    library = tmp_path / "library.so"
    library.write_bytes(b"library")
    wheel = make_wheel(tmp_path, platform, b"library", "1.0")
    assert check.check(wheel, platform, library) == []
    problems = check.check(wheel, artifact("any", "win32").platform, library)
    assert "lacks orthanc_python/OrthancPython.dll" in problems
    assert "is not tagged py3-none-win32" in problems
    library.write_bytes(b"other")
    (problem,) = check.check(wheel, platform, library)
    assert (
        problem
        == "its orthanc_python/libOrthancPython.so is not library.so, which is released beside it"
    )
    broken = tmp_path / "broken.whl"
    shutil.copy(wheel, broken)
    with zipfile.ZipFile(broken, "a") as archive:
        archive.writestr("orthanc_python.libs/libz.so", b"")
    assert any("libz.so" in problem for problem in check.check(broken, platform, library))


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

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The matrix of Pythons and platforms, and the files generated from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pipeline import cibw, matrix, names, project, tables
from pipeline.matrix import ANY, Matrix

from tests.packaging.conftest import artifact

VERSION = "8.1.0"


def gil_builds(all_of_them: Matrix) -> list[int]:
    """The minor versions, `any` and the free-threaded ones left out."""
    return [one.minor for one in all_of_them.pythons if one.tag != ANY and not one.free_threaded]


def test_adding_a_python_is_one_line(full: Matrix, tmp_path: Path) -> None:
    coming = max(gil_builds(full)) + 1
    text = matrix.MATRIX.read_text(encoding="utf-8")
    extended = text.replace("[pythons]\n", f"[pythons]\ncp3{coming} = {{}}\n")
    (tmp_path / "matrix.toml").write_text(extended, encoding="utf-8")
    longer = matrix.load(tmp_path / "matrix.toml")
    new = set(names.released(longer, VERSION)) - set(names.released(full, VERSION))
    assert len(new) == 2 * len(full.platforms)
    assert f"OrthancPython-Python3.{coming}-{VERSION}.dll" in new
    assert f"orthanc_python-{VERSION}-cp3{coming}-cp3{coming}-win32.whl" in new
    assert f"`OrthancPython-Python3.{coming}-<version>-macos.dylib`" in tables.document(longer)
    assert all(f"cp3{coming}" in row["pythons"] for row in tables.build_jobs(longer)["include"])
    assert f"cp3{coming}-win_amd64" in tables.cibuildwheel_identifiers(longer)["windows"]


def test_no_python_is_left_out(full: Matrix) -> None:
    pyproject = project.read_toml(project.ROOT / "pyproject.toml")
    oldest = int(pyproject["project"]["requires-python"].partition(">=3.")[2])
    minors = gil_builds(full)
    assert minors == list(range(oldest, oldest + len(minors)))
    without_gil = [one.minor for one in full.pythons if one.free_threaded]
    assert without_gil == list(range(without_gil[0], without_gil[0] + len(without_gil)))
    assert len(full.pythons) == 1 + len(minors) + len(without_gil)


def test_a_carrier_has_the_headers(full: Matrix) -> None:
    for one in full.pythons:
        assert one.tag == ANY or one.carrier.rstrip("t") == one.tag.rstrip("t"), one.tag


def test_no_two_files_share_a_name(full: Matrix) -> None:
    released = names.released(full, VERSION)
    artifacts, platforms = len(list(full.artifacts())), len(full.platforms)
    assert len(released) == len(set(released)) == 2 * artifacts + 1 + platforms + 6


@pytest.mark.parametrize(
    ("python", "platform", "library", "wheel"),
    [
        ("cp314", "win_amd64", f"OrthancPython-Python3.14-{VERSION}.dll", "cp314-cp314-win_amd64"),
        ("cp313t", "win32", f"OrthancPython-Python3.13t-{VERSION}-win32.dll", "cp313-cp313t-win32"),
        (
            "any",
            "manylinux_2_28_aarch64",
            f"OrthancPython-{VERSION}-linux-aarch64.so",
            "py3-none-manylinux_2_28_aarch64",
        ),
        (
            "cp39",
            "macosx_11_0_universal2",
            f"OrthancPython-Python3.9-{VERSION}-macos.dylib",
            "cp39-cp39-macosx_11_0_universal2",
        ),
    ],
)
def test_names(python: str, platform: str, library: str, wheel: str) -> None:
    made = artifact(python, platform)
    assert names.library(made, VERSION) == library
    assert names.wheel(made, VERSION) == f"orthanc_python-{VERSION}-{wheel}.whl"


@pytest.mark.parametrize(
    ("platform", "package", "archive"),
    [
        ("win_amd64", "OrthancPython.dll", f"windows-64/OrthancPython-Python3.13-{VERSION}.dll"),
        ("win32", "OrthancPython.dll", f"windows-32/OrthancPython-Python3.13-{VERSION}.dll"),
        (
            "manylinux_2_28_x86_64",
            "libOrthancPython.so",
            f"OrthancPython-Python3.13-{VERSION}-linux-x86_64.so",
        ),
        (
            "macosx_11_0_universal2",
            "libOrthancPython.dylib",
            f"OrthancPython-Python3.13-{VERSION}-macos.dylib",
        ),
    ],
)
def test_names_that_installers_know(platform: str, package: str, archive: str) -> None:
    made = artifact("cp313", platform)
    assert names.library_in_package(made.platform) == package
    assert names.library_in_archive(made, VERSION) == archive


def test_the_table_in_the_documentation_is_fresh(full: Matrix) -> None:
    document = (project.ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert document == tables.document(full), "run: python packaging/matrix.py docs"


def test_every_row_is_smoke_tested(full: Matrix) -> None:
    tried = {
        (row["platform"], tag)
        for row in tables.smoke_jobs(full)["include"]
        for tag in row["pythons"].split(",")
    }
    assert tried == {(one.platform.tag, one.python.tag) for one in full.artifacts()}


def test_pull_requests_build_less(full: Matrix) -> None:
    rows = tables.build_jobs(full.minimal())["include"]
    assert len(rows) < len(full.platforms)
    assert {row["platform"] for row in rows} <= {one.tag for one in full.platforms}


def test_unknown_names_are_refused(full: Matrix) -> None:
    with pytest.raises(ValueError, match=r"cp27: not in packaging/matrix.toml"):
        list(full.artifacts(pythons=["cp27"]))


def test_cibuildwheel_is_told_which_python_is_meant() -> None:
    settings = cibw.environment(artifact("cp313t", "win_amd64"))
    assert settings["CIBW_BUILD"] == "cp313-win_amd64"
    assert "cmake.define.PYTHON_VERSION=3.13t" in settings["CIBW_CONFIG_SETTINGS"]
    settings = cibw.environment(artifact("any", "macosx_11_0_universal2"))
    assert "wheel.py-api=py3" in settings["CIBW_CONFIG_SETTINGS"]
    assert "MACOSX_DEPLOYMENT_TARGET=11.0" in settings["CIBW_ENVIRONMENT"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_cibuildwheel_offers_all_of_it() -> None:
    command = [sys.executable, str(project.ROOT / "packaging" / "matrix.py"), "check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_list_is_compared_with_cibuildwheel(full: Matrix) -> None:
    wanted = tables.cibuildwheel_identifiers(full)["windows"]
    assert tables.cibuildwheel_differences(full, "windows", [*wanted, "cp38-win32"]) == []
    coming = f"cp3{max(gil_builds(full)) + 1}"
    offered = [*wanted[1:], f"{coming}-win32", f"{coming}-win_arm64"]
    assert tables.cibuildwheel_differences(full, "windows", offered) == [
        f"cibuildwheel does not offer {wanted[0]}",
        f"cibuildwheel offers {coming}-win32, which packaging/matrix.toml does not have",
    ]

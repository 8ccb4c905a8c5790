# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one list, and what is generated from it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pipeline import cibw, matrix, names, project, tables
from pipeline.matrix import Matrix, read_toml

from tests.packaging.conftest import artifact

VERSION = "8.1.0"


def with_one_more_line() -> Matrix:
    text = matrix.MATRIX.read_text(encoding="utf-8")
    assert text.count("cp315t = {}\n") == 1
    return matrix.parse(read_toml(text.replace("cp315t = {}\n", "cp315t = {}\ncp316 = {}\n")))


def test_adding_a_python_is_one_line(full: Matrix) -> None:
    longer = with_one_more_line()
    new = set(names.released(longer, VERSION)) - set(names.released(full, VERSION))
    assert len(new) == 2 * len(full.platforms)
    assert f"OrthancPython-Python3.16-{VERSION}.dll" in new
    assert f"orthanc_python-{VERSION}-cp316-cp316-win32.whl" in new
    assert "`OrthancPython-Python3.16-<version>-macos.dylib`" in tables.document(longer)
    assert all("cp316" in row["pythons"] for row in tables.build_jobs(longer)["include"])
    assert "cp316-win_amd64" in tables.cibuildwheel_identifiers(longer)["windows"]


def test_all_that_is_promised_is_in_it(full: Matrix) -> None:
    assert [python.version for python in full.pythons] == [
        *("any", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")
    ]
    assert [platform.tag for platform in full.platforms] == [
        "manylinux_2_28_x86_64",
        "manylinux_2_28_aarch64",
        "macosx_11_0_universal2",
        "win_amd64",
        "win32",
    ]


def test_no_two_files_share_a_name(full: Matrix) -> None:
    released = names.released(full, VERSION)
    assert len(released) == len(set(released)) == 2 * 11 * 5 + 1 + 5 + 6


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

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The matrix of Pythons and platforms, and the files generated from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pipeline import matrix_file, names, project, tables
from pipeline.matrix_file import ANY, Matrix

from tests.packaging.conftest import artifact

VERSION = "8.1.0"


def gil_builds(all_of_them: Matrix) -> list[int]:
    """The minor versions, `any` and the free-threaded ones left out."""
    return [one.minor for one in all_of_them.pythons if one.tag != ANY and not one.free_threaded]


def test_adding_a_python_is_one_line(full: Matrix, tmp_path: Path) -> None:
    coming = max(gil_builds(full)) + 1
    text = matrix_file.MATRIX.read_text(encoding="utf-8")
    extended = text.replace("pythons = [\n", f'pythons = [\n  "cp3{coming}",\n', 1)
    (tmp_path / "matrix.toml").write_text(extended, encoding="utf-8")
    longer = matrix_file.load(tmp_path / "matrix.toml")
    new = set(names.released(longer, VERSION)) - set(names.released(full, VERSION))
    assert len(new) == len(full.platforms)
    assert f"OrthancPython-Python3.{coming}-{VERSION}.dll" in new
    assert f"`OrthancPython-Python3.{coming}-<version>-macos.dylib`" in tables.document(longer)
    assert all(f"cp3{coming}-*" in row["build"] for row in tables.build_jobs(longer)["include"])
    assert f"cp3{coming}-win_amd64" in tables.cibuildwheel_identifiers(longer)["windows"]


def test_no_python_is_left_out(full: Matrix) -> None:
    pyproject = project.read_toml(project.ROOT / "pyproject.toml")
    oldest = int(pyproject["project"]["requires-python"].partition(">=3.")[2])
    minors = gil_builds(full)
    assert minors == list(range(oldest, oldest + len(minors)))
    without_gil = [one.minor for one in full.pythons if one.free_threaded]
    assert without_gil == list(range(without_gil[0], without_gil[0] + len(without_gil)))
    assert len(full.pythons) == 1 + len(minors) + len(without_gil)


def test_no_two_files_share_a_name(full: Matrix) -> None:
    released = names.released(full, VERSION)
    artifacts, platforms = len(list(full.artifacts())), len(full.platforms)
    assert len(released) == len(set(released)) == artifacts + 1 + 2 * platforms + 5


@pytest.mark.parametrize(
    ("python", "platform", "library"),
    [
        ("cp314", "win_amd64", f"OrthancPython-Python3.14-{VERSION}.dll"),
        ("cp314t", "win32", f"OrthancPython-Python3.14t-{VERSION}-win32.dll"),
        ("any", "manylinux_2_28_aarch64", f"OrthancPython-{VERSION}-linux-aarch64.so"),
        ("cp39", "macosx_11_0_universal2", f"OrthancPython-Python3.9-{VERSION}-macos.dylib"),
    ],
)
def test_each_library_has_its_name(python: str, platform: str, library: str) -> None:
    made = artifact(python, platform)
    assert names.library(made, VERSION) == library


def test_the_package_index_gets_one_wheel_for_each_platform(full: Matrix) -> None:
    """pip would prefer a wheel for one Python to the wheel for every Python."""
    wheels = [name for name in names.released(full, VERSION) if name.endswith(".whl")]
    assert len(wheels) == len(full.platforms)
    assert all(name.startswith(f"orthanc_python-{VERSION}-py3-none-") for name in wheels)


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
    document = (project.ROOT / "docs/reference/compatibility.md").read_text(encoding="utf-8")
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
    assert {row["build"] for row in rows} == {"cp39-* cp315-*"}
    assert {row["platform"] for row in rows} <= {one.tag for one in full.platforms}


def test_unknown_names_are_refused(full: Matrix) -> None:
    with pytest.raises(ValueError, match=r"cp27: not in packaging/matrix.toml"):
        list(full.artifacts(pythons=["cp27"]))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_cibuildwheel_builds_the_matrix_and_nothing_else() -> None:
    command = [sys.executable, str(project.ROOT / "packaging" / "matrix.py"), "check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_builds_that_only_one_list_has_are_named(full: Matrix) -> None:
    wanted = tables.cibuildwheel_identifiers(full)["windows"]
    assert tables.cibuildwheel_differences(full, "windows", wanted) == []
    coming = f"cp3{max(gil_builds(full)) + 1}"
    assert tables.cibuildwheel_differences(full, "windows", [*wanted[1:], f"{coming}-win32"]) == [
        f"cibuildwheel does not build {wanted[0]}",
        f"cibuildwheel builds {coming}-win32, which packaging/matrix.toml does not have",
    ]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Runtime


@pytest.fixture
def packages(runtime: Runtime) -> Any:
    module = runtime("script_packages")
    yield module
    module.unload()


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def run(packages: Any, *entries: Path) -> None:
    for file in [file for entry in entries for file in packages.prepare(str(entry))]:
        packages.load(file)


def test_folders_of_one_name_have_packages_of_their_own(packages: Any, tmp_path: Path) -> None:
    one = write(tmp_path / "1" / "s", a="import utils", utils="NAME = 1")
    two = write(tmp_path / "2" / "s", a="import utils", utils="NAME = 2")
    run(packages, one / "a.py", two / "a.py")
    assert sys.modules["orthanc_scripts.s.a"].utils.NAME == 1
    assert sys.modules["orthanc_scripts.s_2.a"].utils.NAME == 2
    assert "utils" not in sys.modules


def test_scripts_of_one_folder_share_its_modules(packages: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "s", a="import utils", b="import a, utils", utils="", c="x = 1")
    run(packages, folder / "b.py", folder / "a.py", folder)
    a, b = (sys.modules[f"orthanc_scripts.s.{name}"] for name in "ab")
    assert b.a is a
    assert a.utils is b.utils
    assert sys.modules["orthanc_scripts.s.c"].x == 1


def test_a_file_of_a_package_and_the_package_itself(packages: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "p", a="NAME = 'a'", __init__="import p.a; from . import a; import a")
    run(packages, folder / "a.py", folder)
    assert sys.modules["orthanc_scripts.p"].a.NAME == "a"


def test_a_plain_folder_hides_no_installed_module(packages: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "s", a="import data, json, colorsys")
    write(folder / "data", values="")
    write(folder / "colorsys", values="")
    run(packages, folder / "a.py")
    script = sys.modules["orthanc_scripts.s.a"]
    assert script.data.__name__ == "orthanc_scripts.s.data"
    assert hasattr(script.colorsys, "rgb_to_hsv")


def test_unload_forgets_all(packages: Any, tmp_path: Path) -> None:
    finders = len(sys.meta_path)
    run(packages, write(tmp_path / "s", a="import json"))
    packages.unload()
    assert not [name for name in sys.modules if name.startswith("orthanc_scripts")]
    assert len(sys.meta_path) == finders
    with pytest.raises(ModuleNotFoundError):
        __import__("orthanc_scripts")


def test_names_that_no_identifier_has(packages: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "my scripts-3.9")
    (folder / "a.b.py").write_text("NAME = 1")
    run(packages, folder)
    assert sys.modules["orthanc_scripts.my_scripts_3_9.a_b"].NAME == 1

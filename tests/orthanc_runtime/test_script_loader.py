# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Runtime


@pytest.fixture
def loader(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(sys.modules)
    yield runtime("script_loader")
    for name in sys.modules.keys() - before.keys():
        del sys.modules[name]


def write(folder: Path, name: str, text: str = "") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mine.txt", 'must have the ".py" file extension'),
        ("absent.py", "Inexistent file for the Python script"),
        ("folder.py", "is not a regular file"),
        ("os.py", "please rename it"),
        ("threading.py", "please rename it"),
        ("sys.py", "please rename it"),
        ("orthanc.py", "please rename it"),
    ],
)
def test_a_script_that_cannot_be_run(loader: Any, tmp_path: Path, name: str, reason: str) -> None:
    if name == "folder.py":
        (tmp_path / name).mkdir()
    elif name != "absent.py":
        write(tmp_path, name)
    assert reason in loader.refusal(str(tmp_path / name))


@pytest.mark.parametrize("name", ["script_of_test.py", "with-dash.py", "queue.py", "code.py"])
def test_a_script_that_can_be_run(loader: Any, tmp_path: Path, name: str) -> None:
    assert loader.refusal(write(tmp_path, name)) is None


def test_a_script_is_loaded_and_unloaded(loader: Any, tmp_path: Path) -> None:
    folder = str(tmp_path)
    write(tmp_path, "helper_of_test.py", "VALUE = 1")
    write(tmp_path / "site-packages", "installed_of_test.py", "VALUE = 2")
    sys.path.append(str(tmp_path / "site-packages"))
    script = write(
        tmp_path, "script_of_test.py", "import helper_of_test, installed_of_test\nFILE = __file__"
    )
    loader.load(script)
    module = sys.modules["script_of_test"]
    assert (module.FILE, module.__name__, sys.path[0]) == (script, "script_of_test", folder)
    loader.unload()
    assert "script_of_test" not in sys.modules and "helper_of_test" not in sys.modules
    assert "installed_of_test" in sys.modules
    assert "orthanc" not in sys.modules
    assert folder not in sys.path


def test_a_script_that_fails_is_forgotten(loader: Any, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        loader.load(write(tmp_path, "script_of_test.py", "1 / 0"))
    assert "script_of_test" not in sys.modules


def test_a_hidden_standard_module_comes_back(runtime: Runtime, loader: Any, tmp_path: Path) -> None:
    import colorsys

    loader.load(write(tmp_path, "colorsys.py", "MINE = True"))
    assert sys.modules["colorsys"].MINE
    ((level, _, _, text),) = runtime.logged
    assert level == 1 and 'hides the standard module "colorsys"' in text
    loader.unload()
    assert sys.modules["colorsys"] is colorsys


def test_a_script_whose_time_is_over_is_unloaded(
    runtime: Runtime, loader: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interruptions = [runtime("errors").OrthancStopping] * 2

    def interrupt(module: str) -> None:
        if interruptions:
            raise interruptions.pop()

    loader.load(write(tmp_path, "script_of_test.py"))
    monkeypatch.setattr(loader, "loaded", interrupt)
    loader.unload()
    assert "script_of_test" not in sys.modules
    assert str(tmp_path) not in sys.path

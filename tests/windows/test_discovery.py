# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the plugin searches for a Python on Windows, and the error if it finds none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fake_orthanc import FakeOrthanc
from tests.windows.binaries import Binaries
from tests.windows.conftest import WHO, FakeOrthancs, who
from tests.windows.pythons import WindowsPython
from tests.windows.wine import Wine

KEY = r"Software\Python"
PythonFor = Callable[[str], WindowsPython]


class Registry:
    """Entries of PEP 514, removed after each test."""

    def __init__(self, wine: Wine) -> None:
        self._wine = wine

    def add(
        self, hive: str, tag: str, values: dict[str, str], folder: str | None = None, view: str = ""
    ) -> None:
        key, options = rf"{hive}\{KEY}\{tag}", ["/f", *([f"/reg:{view}"] if view else [])]
        for name, value in values.items():
            self._reg("add", key, "/v", name, "/d", value, *options)
        if folder is not None:
            self._reg("add", rf"{key}\InstallPath", "/ve", "/d", folder, *options)

    def add_python(self, hive: str, tag: str, python: WindowsPython, view: str = "") -> None:
        folder = self._wine.path(python.folder) + "\\"
        self.add(hive, tag, {"SysVersion": python.minor}, folder, view)

    def clear(self) -> None:
        for hive in ("HKCU", "HKLM"):
            for view in ("/reg:64", "/reg:32"):
                self._wine.run(["reg", "delete", rf"{hive}\{KEY}", "/f", view], check=False)

    def _reg(self, *arguments: str) -> None:
        self._wine.run(["reg", *arguments])


@pytest.fixture
def registry(wine: Wine) -> Iterator[Registry]:
    registry = Registry(wine)
    registry.clear()
    yield registry
    registry.clear()


def started(fake: FakeOrthanc) -> FakeOrthanc:
    assert fake.started["code"] == 0, fake.log
    return fake


def test_registry_newest_of_the_user_first(
    registry: Registry, wine: Wine, fakes: FakeOrthancs, python_for: PythonFor
) -> None:
    registry.add("HKCU", r"PyLauncher\1.0", {"SysVersion": "3.13"}, "Z:\\nowhere\\")
    registry.add("HKCU", r"PythonCore\3.14", {"SysVersion": "3.14"}, "Z:\\gone\\")
    registry.add_python("HKCU", r"PythonCore\3.11", python_for("3.11-x64"))
    registry.add_python("HKCU", r"ContinuumAnalytics\py312", python_for("3.12-x64"))
    registry.add_python("HKLM", r"PythonCore\3.13", python_for("3.13-x64"))
    fake = started(fakes(WHO))
    assert who(fake)["prefix"] == wine.path(python_for("3.12-x64").folder)
    assert "Python found by: the registry, HKEY_CURRENT_USER" in fake.log
    assert r"Z:\gone\python.exe: does not exist" in fake.log
    assert "nowhere" not in fake.log
    assert fake.stop() == 0


def test_registry_of_all_users(
    registry: Registry, wine: Wine, fakes: FakeOrthancs, python_for: PythonFor
) -> None:
    python = python_for("3.10-x64")
    executable = wine.path(python.executable)
    registry.add("HKLM", r"Some Company\Its Python\InstallPath", {"ExecutablePath": executable})
    fake = started(fakes(WHO))
    assert who(fake)["executable"] == executable
    assert "Python found by: the registry, HKEY_LOCAL_MACHINE, 64-bit" in fake.log
    assert fake.stop() == 0


def test_registry_view_of_32_bit_programs(
    registry: Registry,
    wine: Wine,
    fakes: FakeOrthancs,
    python_for: PythonFor,
    binaries_for: Callable[[str], Binaries],
) -> None:
    """It comes last. Programs that cannot run, as 32-bit ones in this Wine, are skipped."""
    foreign = fakes.folder("Python313-32")
    shutil.copy(binaries_for("x86").fake_orthanc, foreign / "python.exe")
    registry.add("HKLM", r"PythonCore\3.13-32", {}, wine.path(foreign), view="32")
    registry.add_python("HKLM", r"Company\3.12", python_for("3.12-x64"), view="32")
    fake = started(fakes(WHO))
    assert who(fake)["prefix"] == wine.path(python_for("3.12-x64").folder)
    assert "Python found by: the registry, HKEY_LOCAL_MACHINE, 32-bit" in fake.log
    assert fake.stop() == 0
    registry.clear()
    registry.add("HKLM", r"PythonCore\3.13-32", {}, wine.path(foreign), view="32")
    refused = fakes(WHO)
    assert refused.wait() == 1
    program = wine.path(foreign / "python.exe")
    assert f"{program} (the registry, HKEY_LOCAL_MACHINE, 32-bit) cannot be run" in refused.log


def test_registry_of_a_windows_of_32_bits(
    wine_for: Callable[[str], Wine], fakes: FakeOrthancs, python_for: PythonFor
) -> None:
    wine, python = wine_for("x86"), python_for("3.13-x86")
    registry = Registry(wine)
    registry.clear()
    registry.add_python("HKLM", r"PythonCore\3.13-32", python)
    try:
        fake = started(fakes(WHO, machine="x86"))
        assert who(fake)["executable"] == wine.path(python.executable)
        assert "Python found by: the registry, HKEY_LOCAL_MACHINE" in fake.log
        assert fake.stop() == 0
    finally:
        registry.clear()


@pytest.mark.parametrize("folder", ["", "python"])
def test_distribution_beside_the_plugin(
    folder: str, wine: Wine, fakes: FakeOrthancs, python_for: PythonFor
) -> None:
    """The unpacked embeddable distribution, with its ._pth file."""
    python = python_for("3.13-x64")
    place = fakes.folder("Plugins für 王")
    home = place / folder
    home.mkdir(exist_ok=True)
    for file in python.folder.iterdir():
        if file.suffix in (".exe", ".dll"):
            shutil.copy(file, home)
        elif file.name in ("DLLs", "Lib"):
            (home / file.name).symlink_to(Path("/") / file.relative_to(wine.root))
    (home / "python313._pth").write_text("Lib\nDLLs\n.\n", encoding="ascii")
    fake = started(fakes(WHO, folder=place))
    assert who(fake)["prefix"] == wine.path(home)
    assert "Python found by: the folder of the plugin" in fake.log
    assert fake.stop() == 0


def test_path_and_active_environment(
    wine: Wine,
    fakes: FakeOrthancs,
    python_for: PythonFor,
    venv_for: Callable[[str, Path], Path],
) -> None:
    python = python_for("3.11-x64")
    path = {"WINEPATH": wine.path(python.folder)}
    fake = started(fakes(WHO, env=path))
    assert who(fake)["prefix"] == wine.path(python.folder)
    assert "Python found by: PATH" in fake.log
    assert fake.stop() == 0
    venv = venv_for("3.12-x64", fakes.folder() / "venv")
    fake = started(fakes(WHO, env={**path, "VIRTUAL_ENV": wine.path(venv)}))
    assert who(fake)["prefix"] == wine.path(venv)
    assert "Python found by: VIRTUAL_ENV" in fake.log
    assert fake.stop() == 0


def test_library_option(wine: Wine, fakes: FakeOrthancs, python_for: PythonFor) -> None:
    python = python_for("3.12-x64")
    fake = started(fakes(WHO, Library=wine.path(python.library)))
    assert who(fake)["prefix"] == wine.path(python.folder)
    assert fake.stop() == 0
    refused = fakes(WHO, Library=wine.path(fakes.folder() / "python312.dll"))
    assert refused.wait() == 1
    assert "python312.dll (the option Library) does not exist" in refused.log


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("Python/pythoncore-3.11-64", "the Python install manager"),
        ("Microsoft/WindowsApps/PythonSoftwareFoundation.Python.3.11_q", "the Microsoft Store"),
    ],
)
def test_folders_of_one_user(
    place: str, source: str, wine: Wine, fakes: FakeOrthancs, python_for: PythonFor
) -> None:
    python = python_for("3.11-x64")
    link = wine.local_app_data / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(Path("/") / python.folder.relative_to(wine.root))
    try:
        fake = started(fakes(WHO))
        assert who(fake)["version"] == "3.11"
        assert f"Python found by: {source}" in fake.log
        assert fake.stop() == 0
    finally:
        link.unlink()


def test_the_log_explains_a_missing_python(registry: Registry, fakes: FakeOrthancs) -> None:
    registry.add("HKLM", r"PythonCore\3.13", {"SysVersion": "3.13"}, "Z:\\gone\\")
    fake = fakes(WHO)
    assert fake.wait() == 1
    for words in (
        "No Python that this plugin can use was found.",
        "Required: CPython 3.9 or later, 64 bits",
        r"Z:\gone\python.exe (the registry, HKEY_LOCAL_MACHINE, 64-bit) does not exist",
        "Install for all users",
        "Orthanc runs as ",
        "A service does not see a Python that was installed for one user",
    ):
        assert words in fake.log


def test_options_are_explained(wine: Wine, fakes: FakeOrthancs) -> None:
    folder = wine.path(fakes.folder("empty"))
    fake = fakes(WHO, VirtualEnv=folder)
    assert fake.wait() == 1
    reason = r"it has neither pyvenv.cfg nor Scripts\python.exe"
    assert f"{folder} (the option VirtualEnv) is not a virtual environment: {reason}" in fake.log

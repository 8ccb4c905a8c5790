# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the plugin searches for a Python on Windows, and the error if it finds none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fake_orthanc import Host
from tests.windows.binaries import Binaries
from tests.windows.conftest import WHO, Hosts, who
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


def started(host: Host) -> Host:
    assert host.started["code"] == 0, host.log
    return host


def test_registry_newest_of_the_user_first(
    registry: Registry, wine: Wine, hosts: Hosts, python_for: PythonFor
) -> None:
    registry.add("HKCU", r"PyLauncher\1.0", {"SysVersion": "3.13"}, "Z:\\nowhere\\")
    registry.add("HKCU", r"PythonCore\3.14", {"SysVersion": "3.14"}, "Z:\\gone\\")
    registry.add_python("HKCU", r"PythonCore\3.11", python_for("3.11-x64"))
    registry.add_python("HKCU", r"ContinuumAnalytics\py312", python_for("3.12-x64"))
    registry.add_python("HKLM", r"PythonCore\3.13", python_for("3.13-x64"))
    host = started(hosts(WHO))
    assert who(host)["prefix"] == wine.path(python_for("3.12-x64").folder)
    assert "Python found by: the registry, HKEY_CURRENT_USER" in host.log
    assert r"Z:\gone\python.exe: does not exist" in host.log
    assert "nowhere" not in host.log
    assert host.stop() == 0


def test_registry_of_all_users(
    registry: Registry, wine: Wine, hosts: Hosts, python_for: PythonFor
) -> None:
    python = python_for("3.10-x64")
    executable = wine.path(python.executable)
    registry.add("HKLM", r"Some Company\Its Python\InstallPath", {"ExecutablePath": executable})
    host = started(hosts(WHO))
    assert who(host)["executable"] == executable
    assert "Python found by: the registry, HKEY_LOCAL_MACHINE, 64-bit" in host.log
    assert host.stop() == 0


def test_registry_view_of_32_bit_programs(
    registry: Registry,
    wine: Wine,
    hosts: Hosts,
    python_for: PythonFor,
    binaries_for: Callable[[str], Binaries],
) -> None:
    """It comes last. Programs that cannot run, as 32-bit ones in this Wine, are skipped."""
    foreign = hosts.folder("Python313-32")
    shutil.copy(binaries_for("x86").host, foreign / "python.exe")
    registry.add("HKLM", r"PythonCore\3.13-32", {}, wine.path(foreign), view="32")
    registry.add_python("HKLM", r"Company\3.12", python_for("3.12-x64"), view="32")
    host = started(hosts(WHO))
    assert who(host)["prefix"] == wine.path(python_for("3.12-x64").folder)
    assert "Python found by: the registry, HKEY_LOCAL_MACHINE, 32-bit" in host.log
    assert host.stop() == 0
    registry.clear()
    registry.add("HKLM", r"PythonCore\3.13-32", {}, wine.path(foreign), view="32")
    refused = hosts(WHO)
    assert refused.wait() == 1
    program = wine.path(foreign / "python.exe")
    assert f"{program} (the registry, HKEY_LOCAL_MACHINE, 32-bit) cannot be run" in refused.log


def test_registry_of_a_windows_of_32_bits(
    wine_for: Callable[[str], Wine], hosts: Hosts, python_for: PythonFor
) -> None:
    wine, python = wine_for("x86"), python_for("3.13-x86")
    registry = Registry(wine)
    registry.clear()
    registry.add_python("HKLM", r"PythonCore\3.13-32", python)
    try:
        host = started(hosts(WHO, machine="x86"))
        assert who(host)["executable"] == wine.path(python.executable)
        assert "Python found by: the registry, HKEY_LOCAL_MACHINE" in host.log
        assert host.stop() == 0
    finally:
        registry.clear()


@pytest.mark.parametrize("folder", ["", "python"])
def test_distribution_beside_the_plugin(
    folder: str, wine: Wine, hosts: Hosts, python_for: PythonFor
) -> None:
    """The unpacked embeddable distribution, with its ._pth file."""
    python = python_for("3.13-x64")
    place = hosts.folder("Plugins für 王")
    home = place / folder
    home.mkdir(exist_ok=True)
    for file in python.folder.iterdir():
        if file.suffix in (".exe", ".dll"):
            shutil.copy(file, home)
        elif file.name in ("DLLs", "Lib"):
            (home / file.name).symlink_to(Path("/") / file.relative_to(wine.root))
    (home / "python313._pth").write_text("Lib\nDLLs\n.\n", encoding="ascii")
    host = started(hosts(WHO, folder=place))
    assert who(host)["prefix"] == wine.path(home)
    assert "Python found by: the folder of the plugin" in host.log
    assert host.stop() == 0


def test_path_and_active_environment(
    wine: Wine,
    hosts: Hosts,
    python_for: PythonFor,
    venv_for: Callable[[str, Path], Path],
) -> None:
    python = python_for("3.11-x64")
    path = {"WINEPATH": wine.path(python.folder)}
    host = started(hosts(WHO, env=path))
    assert who(host)["prefix"] == wine.path(python.folder)
    assert "Python found by: PATH" in host.log
    assert host.stop() == 0
    venv = venv_for("3.12-x64", hosts.folder() / "venv")
    host = started(hosts(WHO, env={**path, "VIRTUAL_ENV": wine.path(venv)}))
    assert who(host)["prefix"] == wine.path(venv)
    assert "Python found by: VIRTUAL_ENV" in host.log
    assert host.stop() == 0


def test_library_option(wine: Wine, hosts: Hosts, python_for: PythonFor) -> None:
    python = python_for("3.12-x64")
    host = started(hosts(WHO, Library=wine.path(python.library)))
    assert who(host)["prefix"] == wine.path(python.folder)
    assert host.stop() == 0
    refused = hosts(WHO, Library=wine.path(hosts.folder() / "python312.dll"))
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
    place: str, source: str, wine: Wine, hosts: Hosts, python_for: PythonFor
) -> None:
    python = python_for("3.11-x64")
    link = wine.local_app_data / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(Path("/") / python.folder.relative_to(wine.root))
    try:
        host = started(hosts(WHO))
        assert who(host)["version"] == "3.11"
        assert f"Python found by: {source}" in host.log
        assert host.stop() == 0
    finally:
        link.unlink()


def test_the_log_explains_a_missing_python(registry: Registry, hosts: Hosts) -> None:
    registry.add("HKLM", r"PythonCore\3.13", {"SysVersion": "3.13"}, "Z:\\gone\\")
    host = hosts(WHO)
    assert host.wait() == 1
    for words in (
        "No Python that this plugin can use was found.",
        "Required: CPython 3.9 or later, 64 bits",
        r"Z:\gone\python.exe (the registry, HKEY_LOCAL_MACHINE, 64-bit) does not exist",
        "Install for all users",
        "Orthanc runs as ",
        "A service does not see a Python that was installed for one user",
    ):
        assert words in host.log


def test_options_are_explained(wine: Wine, hosts: Hosts) -> None:
    folder = wine.path(hosts.folder("empty"))
    host = hosts(WHO, VirtualEnv=folder)
    assert host.wait() == 1
    reason = r"it has neither pyvenv.cfg nor Scripts\python.exe"
    assert f"{folder} (the option VirtualEnv) is not a virtual environment: {reason}" in host.log

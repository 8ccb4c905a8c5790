# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each Python of this machine is found with its own library and environment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.discovery.support import Search, Venvs, prefixes, site_packages, wanted
from tests.support.pythons import Python, installed, make_environment, shared

Discover = Callable[..., Search]

each_python = pytest.mark.parametrize("python", shared(), ids=lambda python: python.name)


def check(search: Search, python: Python, executable: Path) -> None:
    """The right interpreter was found, with the library of the same version."""
    found = search.found
    assert found, search.report
    version, prefix, base_prefix = prefixes(executable)
    assert Path(found["executable"]).parent == executable.parent
    assert Path(found["prefix"]) == prefix
    assert Path(found["base_prefix"]) == base_prefix
    assert found["version"] == version
    assert found["minor"] == python.version[1]
    assert found["free_threaded"] == python.free_threaded
    assert found["debug"] == python.debug
    assert Path(found["library"]).is_absolute()
    assert Path(found["library"]).resolve() == python.library
    assert found["loaded_version"].split()[0] == version
    assert search.rejected == []


@each_python
def test_executable_option_finds_the_interpreter(discover: Discover, python: Python) -> None:
    search = discover(executable=python.executable, **wanted(python))
    check(search, python, python.executable)
    assert search.source == "the option Executable"


@each_python
def test_every_version_is_accepted_by_default(discover: Discover, python: Python) -> None:
    check(discover(executable=python.executable), python, python.executable)


@each_python
def test_virtual_env_option_finds_the_environment(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    folder = venvs.of(python)
    search = discover(virtual_env=folder, **wanted(python))
    check(search, python, folder / "bin/python")
    assert search.found
    assert Path(search.found["prefix"]) == folder
    assert search.source == "the option VirtualEnv"


@each_python
def test_plugin_in_a_virtual_environment_uses_it(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    folder = venvs.of(python)
    check(discover(plugin=site_packages(folder, python)), python, folder / "bin/python")


@each_python
def test_active_virtual_environment_is_used(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    folder = venvs.of(python)
    search = discover(env={"VIRTUAL_ENV": str(folder)}, **wanted(python))
    check(search, python, folder / "bin/python")
    assert search.source == "VIRTUAL_ENV"


@each_python
def test_interpreter_in_path_is_found(discover: Discover, python: Python) -> None:
    search = discover(path=[python.executable.parent], **wanted(python))
    check(search, python, python.executable)
    assert search.source == "PATH"


@each_python
def test_library_option_finds_its_interpreter(discover: Discover, python: Python) -> None:
    assert python.library
    check(discover(library=python.library, **wanted(python)), python, python.executable)


@each_python
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_folder_names_may_have_any_character(
    discover: Discover, python: Python, tmp_path: Path, locale: str
) -> None:
    folder = tmp_path / "Röntgen 放射 'x' $HOME\n2"
    make_environment(python.executable, folder)
    search = discover(virtual_env=folder, env={"LC_ALL": locale}, **wanted(python))
    assert search.found, search.report
    assert Path(search.found["prefix"]) == folder


@each_python
def test_moved_installation_is_found(discover: Discover, python: Python, tmp_path: Path) -> None:
    """Its build variables, such as LIBDIR, still name the original location."""
    base = prefixes(python.executable)[2]
    moved = tmp_path / "moved"
    (moved / "bin").mkdir(parents=True)
    shutil.copy2(python.executable.resolve(), moved / "bin/python3")
    (moved / "lib").symlink_to(base / "lib")
    search = discover(executable=moved / "bin/python3")
    assert search.found, search.report
    assert Path(search.found["base_prefix"]) == moved
    assert Path(search.found["library"]).resolve() == python.library


@pytest.mark.parametrize("python", installed((2, 0)), ids=lambda python: python.name)
def test_other_version_is_rejected(discover: Discover, python: Python) -> None:
    search = discover(executable=python.executable, minor=99)
    assert search.found is None
    reason = search.reason_for(python.executable)
    assert ".".join(map(str, python.version)) in reason
    assert "CPython 3.99" in reason

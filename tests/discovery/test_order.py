# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The order of the search, and the number of interpreters that it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.discovery.support import (
    Search,
    Venvs,
    prefixes,
    pretend,
    pretend_like,
    shim,
    site_packages,
    wanted,
)
from tests.support.pythons import Python, shared

Discover = Callable[..., Search]


@pytest.fixture
def python() -> Python:
    return shared()[-1]


def found_in(search: Search) -> Path:
    assert search.found, search.report
    return Path(search.found["prefix"])


def runs(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_one_interpreter_is_run_in_the_ordinary_case(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    shim(tmp_path / "bin/python3", python.executable, log)
    assert discover(path=[tmp_path / "bin"]).found
    assert runs(log) == 1


def test_shim_is_resolved(discover: Discover, python: Python, tmp_path: Path) -> None:
    script = shim(tmp_path / "bin/python3", python.executable, tmp_path / "log")
    search = discover(executable=script)
    assert search.found
    assert Path(search.found["executable"]) == python.executable


def test_same_interpreter_is_not_run_twice(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    script = shim(tmp_path / "a/python3", python.executable, log)
    (tmp_path / "b").mkdir()
    for name in ("python3", "python3.99"):
        (tmp_path / "b" / name).symlink_to(script)
    search = discover(path=[tmp_path / "a", tmp_path / "b"], minor=99)
    assert search.found is None
    assert runs(log) == 1


def test_interpreter_behind_two_shims_is_named_once(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        shim(tmp_path / folder / "python3", python.executable, tmp_path / "log")
    search = discover(path=[tmp_path / "a", tmp_path / "b"], minor=99)
    assert len([one for one in search.rejected if str(tmp_path) in one.path]) == 1


def test_virtual_environment_is_not_taken_for_its_base(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    """Both interpreters are the same file, but have different packages."""
    folder = venvs.of(python)
    search = discover(path=[folder / "bin", python.executable.parent], minor=99)
    paths = [Path(one.path).parent for one in search.rejected]
    assert folder / "bin" in paths
    assert python.executable.parent in paths


def test_plugins_environment_comes_before_active_environment_and_path(
    discover: Discover, venvs: Venvs, python: Python, tmp_path: Path
) -> None:
    other = pretend(tmp_path / "other/bin/python3", {})
    search = discover(
        plugin=site_packages(venvs.of(python), python),
        env={"VIRTUAL_ENV": str(other.parent.parent)},
        path=[other.parent],
    )
    assert found_in(search) == venvs.of(python)
    assert search.source == "the environment that contains the plugin"


def test_active_environment_comes_before_path(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    search = discover(env={"VIRTUAL_ENV": str(venvs.of(python))}, path=[python.executable.parent])
    assert found_in(search) == venvs.of(python)


def test_options_come_before_all(discover: Discover, venvs: Venvs, python: Python) -> None:
    folder = venvs.of(python)
    search = discover(
        executable=python.executable,
        plugin=site_packages(folder, python),
        env={"VIRTUAL_ENV": str(folder)},
        path=[folder / "bin"],
    )
    assert found_in(search) == prefixes(python.executable)[1]


def test_link_to_the_plugin_in_an_environment_is_followed(
    discover: Discover, venvs: Venvs, python: Python, tmp_path: Path
) -> None:
    """An administrator puts such a link into Orthanc's folder of plugins."""
    library = site_packages(venvs.of(python), python)
    library.touch()
    link = tmp_path / "plugins/libOrthancPython.so"
    link.parent.mkdir()
    link.symlink_to(library)
    assert found_in(discover(plugin=link)) == venvs.of(python)


def test_plugin_anywhere_below_an_environment_uses_it(
    discover: Discover, venvs: Venvs, python: Python
) -> None:
    plugin = venvs.of(python) / "share/orthanc/plugins/libOrthancPython.so"
    assert found_in(discover(plugin=plugin)) == venvs.of(python)


def test_plugin_in_the_packages_of_a_base_interpreter_uses_it(
    discover: Discover, python: Python
) -> None:
    prefix = prefixes(python.executable)[1]
    plugin = prefix / f"lib/python{python.minor}/site-packages/orthanc_python/libOrthancPython.so"
    search = discover(plugin=plugin)
    assert found_in(search) == prefix
    assert search.source == "the environment that contains the plugin"


def test_plugin_in_the_packages_of_a_user_tells_the_version(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    """That folder has no interpreter, but its path names the version."""
    plugin = tmp_path / f".local/lib/python{python.minor}/site-packages/o/libOrthancPython.so"
    assert python.library
    (tmp_path / "bin").mkdir()
    (tmp_path / f"bin/python{python.minor}").symlink_to(python.executable)
    other = pretend_like(python, tmp_path / "other/bin/python3")
    (tmp_path / "other/lib").symlink_to(python.library.parent)
    search = discover(plugin=plugin, path=[other.parent, tmp_path / "bin"])
    assert search.source == "the Python version in the path of the plugin"
    assert search.found
    assert search.found["executable"] == str(tmp_path / f"bin/python{python.minor}")


def test_wanted_version_before_plain_name_on_path(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    plain = pretend(tmp_path / "a/python3", {})
    (tmp_path / "b").mkdir()
    (tmp_path / f"b/python{python.minor}").symlink_to(python.executable)
    search = discover(path=[plain.parent, tmp_path / "b"], **wanted(python))
    assert search.found, search.report
    assert search.rejected == []


def test_plain_name_first_when_any_version_is_wanted(
    discover: Discover, python: Python, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/python3").symlink_to(python.executable)
    pretend(tmp_path / "a/python3.99", {})
    search = discover(path=[tmp_path / "a"])
    assert search.found, search.report
    assert search.rejected == []


def test_newest_named_version_when_the_plain_one_does_not_fit(
    discover: Discover, tmp_path: Path
) -> None:
    old = pretend(tmp_path / "a/python3", {"version": "3.8.20"})
    for name in ["python3.8", "python3.95", "python3.100", "python3.100t", "python3.99-config"]:
        pretend(tmp_path / "a" / name, {"version": "3.8.1"})
    search = discover(path=[tmp_path / "a"])
    order = [Path(one.path) for one in search.rejected if str(tmp_path) in one.path]
    newest_first = ["python3.100", "python3.100t", "python3.95"]
    assert order == [old, *(tmp_path / "a" / name for name in newest_first)]


def test_relative_entries_of_path_are_ignored(discover: Discover, tmp_path: Path) -> None:
    """Orthanc may be started in a folder where others can write."""
    pretend(tmp_path / "here/python3.99", {})
    search = discover(path=[Path("."), Path("here"), Path("")], minor=99, cwd=tmp_path)
    assert not [one for one in search.rejected if "here" in one.path]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wine, Pythons for Windows and the plugin for them."""

from __future__ import annotations

import functools
import json
import shutil
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import cache
from tests.support.fake_orthanc import FakeOrthanc
from tests.windows import binaries, pythons
from tests.windows.binaries import Binaries
from tests.windows.pythons import WindowsPython
from tests.windows.wine import Wine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs these tests: they share the registry of one Windows."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("windows"))
            item.add_marker(pytest.mark.chroot)


@pytest.fixture(scope="session")
def wine_for() -> Iterator[Callable[[str], Wine]]:
    """The Wine prefix for "x64" or "x86"."""
    with cache.locked("wine-session"), ExitStack() as stack:

        def make(machine: str) -> Wine:
            wine = Wine(machine)
            stack.callback(wine.close)
            return wine

        yield functools.cache(make)


@pytest.fixture(scope="session")
def wine(wine_for: Callable[[str], Wine]) -> Wine:
    """The Wine prefix for x64."""
    return wine_for("x64")


@pytest.fixture(scope="session")
def binaries_for() -> Callable[[str], Binaries]:
    """The binaries for "x64" or "x86"."""
    return functools.cache(binaries.build)


@pytest.fixture(scope="session")
def python_for(wine_for: Callable[[str], Wine]) -> Callable[[str], WindowsPython]:
    """A Python by name, e.g. "3.13-x64"."""
    return lambda name: pythons.prepare(name, wine_for(name.partition("-")[2]).root)


class FakeOrthancs:
    """Starts fake Orthancs with the plugin, each in its own folder."""

    def __init__(
        self, wine_for: Callable[[str], Wine], binaries_for: Callable[[str], Binaries]
    ) -> None:
        self._wine_for = wine_for
        self._binaries_for = binaries_for
        self._stack = ExitStack()

    def __call__(
        self,
        script: str,
        *,
        machine: str = "x64",
        folder: Path | None = None,
        plugin: Path | None = None,
        env: Mapping[str, str] | None = None,
        **options: str,
    ) -> FakeOrthanc:
        """Start a fake; the options belong to the section "Python" and have paths of Windows."""
        folder = folder or self.folder(machine=machine)
        wine = self._wine_for(machine)
        built = self._binaries_for(machine)
        program = shutil.copy(built.fake_orthanc, folder)
        library = plugin or Path(shutil.copy(built.plugin, folder))
        (folder / "script.py").write_text(textwrap.dedent(script), encoding="utf-8")
        configuration = {
            "PythonScript": wine.path(folder / "script.py"),
            "Python": options,
        }
        file = folder / "orthanc.json"
        file.write_text(json.dumps(configuration, ensure_ascii=False), encoding="utf-8")
        names = [wine.path(path) for path in (Path(program), library, file)]
        return self._stack.enter_context(wine.fake_orthanc(names, env=env))

    def folder(self, name: str = "", *, machine: str = "x64") -> Path:
        """A new folder."""
        path = self._wine_for(machine).folder / uuid.uuid4().hex[:8] / name
        path.mkdir(parents=True)
        return path

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def fakes(
    wine_for: Callable[[str], Wine], binaries_for: Callable[[str], Binaries]
) -> Iterator[FakeOrthancs]:
    fakes = FakeOrthancs(wine_for, binaries_for)
    yield fakes
    fakes.close()


@pytest.fixture(scope="session")
def venv_for(wine: Wine, python_for: Callable[[str], WindowsPython]) -> Callable[[str, Path], Path]:
    """Creates a virtual environment of a Python in a folder."""

    def make(name: str, folder: Path) -> Path:
        python = wine.path(python_for(name).executable)
        wine.run([python, "-m", "venv", "--without-pip", wine.path(folder)])
        return folder

    return make


def who(fake: FakeOrthanc) -> dict[str, Any]:
    """The response of the route /who of a script (see WHO)."""
    answer: dict[str, Any] = fake.json("/who")
    return answer


WHO = r"""
import json, orthanc, os, sys

def who(output, uri, **request):
    facts = {
        'version': '%d.%d' % sys.version_info[:2],
        'executable': sys.executable,
        'base_executable': sys._base_executable,
        'prefix': sys.prefix,
        'base_prefix': sys.base_prefix,
        'launcher': os.environ.get('__PYVENV_LAUNCHER__'),
        'path': sys.path,
    }
    output.AnswerBuffer(json.dumps(facts), 'application/json')

orthanc.RegisterRestCallback('/who', who)
"""

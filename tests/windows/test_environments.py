# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Virtual environments, packages with C extensions, and processes that a script starts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.windows.binaries import Binaries
from tests.windows.conftest import WHO, FakeOrthancs, who
from tests.windows.pythons import WindowsPython, numpy_for
from tests.windows.wine import Wine

VERSIONS = ["3.9-x64", "3.10-x64", "3.13-x64"]  # before 3.11 the environment is set differently

WORKERS = (
    WHO
    + r"""
import multiprocessing, worker

def squares(output, uri, **request):
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        output.AnswerBuffer(json.dumps(pool.map(worker.square, range(3))), 'application/json')

orthanc.RegisterRestCallback('/squares', squares)
"""
)
WORKER = "import sys\n\ndef square(n):\n    return [n * n, sys.prefix]\n"
NUMPY = r"""
import json, orthanc, numpy

def total(output, uri, **request):
    output.AnswerBuffer(json.dumps(int(numpy.arange(10).sum())), 'application/json')

orthanc.RegisterRestCallback('/sum', total)
"""


@pytest.mark.parametrize("name", VERSIONS)
def test_virtual_environment_and_processes(
    name: str,
    wine: Wine,
    fakes: FakeOrthancs,
    python_for: Callable[[str], WindowsPython],
    venv_for: Callable[[str, Path], Path],
) -> None:
    """The path has a name that the system's code page cannot express."""
    python = python_for(name)
    folder = fakes.folder("Umgebung für 王")
    venv = venv_for(name, folder / "venv")
    (folder / "worker.py").write_text(WORKER, encoding="utf-8")
    fake = fakes(WORKERS, folder=folder, VirtualEnv=wine.path(venv))
    assert fake.started["code"] == 0, fake.log
    answer = who(fake)
    assert answer["prefix"] == wine.path(venv)
    assert answer["base_prefix"] == wine.path(python.folder)
    assert answer["executable"] == wine.path(venv / "Scripts" / "python.exe")
    assert answer["base_executable"] == wine.path(python.executable)
    assert answer["launcher"] is None
    packages = wine.path(venv / "Lib" / "site-packages").lower()
    assert packages in [path.lower() for path in answer["path"]]
    assert fake.json("/squares") == [[n * n, wine.path(venv)] for n in range(3)]
    assert fake.stop() == 0


def test_numpy_over_a_reset(
    wine: Wine, fakes: FakeOrthancs, python_for: Callable[[str], WindowsPython]
) -> None:
    python = python_for("3.13-x64")
    packages = wine.path(numpy_for(python, wine.root))
    fake = fakes(NUMPY, Executable=wine.path(python.executable), env={"PYTHONPATH": packages})
    assert fake.started["code"] == 0, fake.log
    assert fake.json("/sum") == 45
    assert fake.command("threads 4 50 /sum")["bad"] == 0
    assert fake.command("reset")["code"] == 0
    assert fake.json("/sum") == 45
    assert fake.stop() == 0


def test_plugin_inside_an_environment_finds_it(
    wine: Wine,
    fakes: FakeOrthancs,
    binaries_for: Callable[[str], Binaries],
    venv_for: Callable[[str, Path], Path],
) -> None:
    venv = venv_for("3.12-x64", fakes.folder() / "venv")
    place = venv / "Lib" / "site-packages" / "orthanc_python"
    place.mkdir(parents=True)
    plugin = Path(shutil.copy(binaries_for("x64").plugin, place))
    fake = fakes(WHO, plugin=plugin)
    assert fake.started["code"] == 0, fake.log
    assert "Python found by: the environment that contains the plugin" in fake.log
    assert who(fake)["prefix"] == wine.path(venv)
    assert fake.stop() == 0

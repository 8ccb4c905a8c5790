# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The package in CPython for Windows: the pytest plugin and the commands.

Orthanc.exe is a stand-in: see orthanc_stand_in.py. Wine gives these programs no console, so that
they stop Orthanc by its REST API, not by Ctrl-Break.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.fake_orthanc import ROOT
from tests.windows.binaries import Binaries
from tests.windows.conftest import FakeOrthancs
from tests.windows.pythons import WindowsPython, packages_for
from tests.windows.wine import Wine

sys.path.insert(0, str(ROOT / "packaging"))

from pipeline.project import read_toml

HERE = Path(__file__).parent
PYTHON = "3.13-x64"
PROJECT = read_toml(ROOT / "pyproject.toml")["project"]
# pip takes the markers of this system: pytest needs colorama on Windows only
DEPENDENCIES = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"], "colorama"]
DEPENDENCIES += ["pytest-xdist"]
SCRIPT = """
import orthanc

def hello(output, uri, **request):
    orthanc.LogWarning("somebody says hello: é")
    output.AnswerBuffer("world", "text/plain")

orthanc.RegisterRestCallback("/hello", hello)
"""
TESTS = """
import pytest

pytestmark = pytest.mark.orthanc("hello.py")

@pytest.mark.parametrize("turn", range(3))
def test_script(orthanc, dicom, turn):
    assert orthanc.get("/instances").json() == []
    assert orthanc.get("/hello").text == "world"
    orthanc.wait_for_log("somebody says hello: é")
    uploaded = orthanc.upload(dicom(PatientID="42"))
    orthanc.wait_for_change("NewInstance", uploaded["ID"])
    assert orthanc.get("/instances").json() == [uploaded["ID"]]

def test_session(start_orthanc):
    server = start_orthanc("hello.py")
    assert server.stop() == 0
    assert "Orthanc is stopping" in server.log
    server.close()
    assert not server.directory.exists()
"""


@dataclass(frozen=True)
class Installation:
    """The package, installed for a Python, with the stand-in for Orthanc.exe."""

    wine: Wine
    python: WindowsPython
    packages: Path
    dependencies: Path
    folder: Path  # of the project; has a name that the system's code page cannot express

    @property
    def orthanc(self) -> str:
        return self.wine.path(self.packages / "Orthanc.exe")

    def run(
        self, module: str, *arguments: str, utf8: str = "1"
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m MODULE` in the folder."""
        inside = [self.packages, self.dependencies]
        change = f"import os, runpy; os.chdir({self.wine.path(self.folder)!r}); "
        start = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
        return self.wine.run(
            [self.wine.path(self.python.executable), "-c", change + start, *arguments],
            env={"PYTHONPATH": ";".join(map(self.wine.path, inside)), "PYTHONUTF8": utf8},
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="module")
def installed(
    wine: Wine,
    fakes: FakeOrthancs,
    python_for: Callable[[str], WindowsPython],
    binaries_for: Callable[[str], Binaries],
) -> Installation:
    python, built = python_for(PYTHON), binaries_for("x64")
    packages = fakes.folder("packages")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/orthanc_python", packages / "orthanc_python", ignore=ignored)
    shutil.copy(built.plugin, packages / "orthanc_python")
    shutil.copy(HERE / "orthanc_stand_in.py", packages)
    home = wine.path(python.folder).replace("\\", "\\\\")
    options = [f'-DPYTHON_HOME=L"{home}"', f'-DPYTHON_DLL=L"{python.library.name}"']
    program = ["-o", str(packages / "Orthanc.exe"), str(HERE / "orthanc_main.c")]
    subprocess.run([built.compiler, "-municode", *options, *program], check=True)
    folder = fakes.folder("Röntgen 王")
    (folder / "hello.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "test_hello.py").write_text(TESTS, encoding="utf-8")
    dependencies = packages_for(python, wine.root, "dependencies", *DEPENDENCIES)
    return Installation(wine, python, packages, dependencies, folder)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_pytest_plugin_runs_a_script(installed: Installation, workers: str) -> None:
    done = installed.run(
        *("pytest", "-p", "orthanc_python.testing.plugin", "-n", workers),
        f"--orthanc={installed.orthanc}",
    )
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_a_missing_orthanc_is_named(installed: Installation) -> None:
    done = installed.run("pytest", "-p", "orthanc_python.testing.plugin", r"--orthanc=C:\none.exe")
    assert done.returncode != 0
    assert r"C:\none.exe" in done.stdout and "Traceback" not in done.stdout


@pytest.mark.parametrize("utf8", ["0", "1"])
def test_config_has_paths_of_windows(installed: Installation, utf8: str) -> None:
    """Also if the standard output has the system's code page."""
    done = installed.run("orthanc_python", "config", "hello.py", utf8=utf8)
    assert done.returncode == 0, done.stdout
    config = json.loads(done.stdout[done.stdout.index("{") :])
    assert config["PythonScript"] == installed.wine.path(installed.folder / "hello.py")
    library = installed.packages / "orthanc_python" / "OrthancPython.dll"
    assert config["Plugins"] == [installed.wine.path(library)]


def test_a_new_project_names_its_files(installed: Installation) -> None:
    done = installed.run("orthanc_python", "new", "routing")
    assert done.returncode == 0, done.stdout
    assert "routing.py" in done.stdout and "Traceback" not in done.stdout
    assert (installed.folder / "routing" / "tests" / "test_routing.py").exists()

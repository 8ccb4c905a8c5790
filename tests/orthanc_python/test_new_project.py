# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python new`: the project works as it is written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_python.debugging import DEFAULT_PORT

from .conftest import Command

FILES = {
    ".vscode/launch.json",
    "compose.yaml",
    "ct_routing.py",
    "pyproject.toml",
    "tests/test_ct_routing.py",
}


@pytest.fixture
def project(command: Command, tmp_path: Path) -> Path:
    done = command("new", "ct-routing")
    assert done.returncode == 0, done.stderr
    assert '  cd ct-routing\n  pip install "orthanc-python[test]"\n  pytest\n' in done.stdout
    return tmp_path / "ct-routing"


def test_the_test_of_a_new_project_passes(
    project: Path, with_plugin: dict[str, str], orthanc_executable: Path
) -> None:
    written = {path.relative_to(project).as_posix() for path in project.rglob("*.*")}
    assert written - {".vscode"} == FILES
    # The plugin of pytest is loaded by name, because the package may not be installed here.
    environment = {
        **{k: v for k, v in with_plugin.items() if not k.startswith("PYTEST_XDIST")},
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    options = ["-p", "orthanc_python.testing.plugin", f"--orthanc={orthanc_executable}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    assert re.search(r"^=+ 1 passed in", done.stdout, re.M), done.stdout


def test_the_settings_of_a_new_project_are_valid(project: Path) -> None:
    launch = (project / ".vscode/launch.json").read_text(encoding="utf-8")
    settings = json.loads(re.sub(r"^ *//.*$", "", launch, flags=re.M))
    (attach,) = settings["configurations"]
    assert attach["request"] == "attach"
    assert attach["connect"] == {"host": "127.0.0.1", "port": DEFAULT_PORT}
    compose = (project / "compose.yaml").read_text(encoding="utf-8")
    assert "./ct_routing.py:/scripts/ct_routing.py:ro" in compose
    assert '${ORTHANC_PASSWORD:?choose a password for the user "orthanc"}' in compose


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ct routing", "'ct routing' cannot be the name of a project: use letters"),
        ("1st", "'1st' cannot be the name of a project: use letters"),
        ("json", "would be json.py, but json is a module that is installed: choose another name"),
        ("orthanc", "would be orthanc.py, but orthanc is a module that is installed"),
        ("class", "would be class.py, but class is a word of the language"),
        ("absent/routing", "absent: create it, or choose another one"),
        ("used", "used exists already: choose another name. Nothing was written"),
        ("used/file.py", "file.py exists already: choose another name. Nothing was written"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    command: Command, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file.py").touch()
    before = set(tmp_path.rglob("*"))
    done = command("new", name)
    assert done.returncode == 2
    assert message in done.stderr
    assert set(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_used(command: Command, tmp_path: Path) -> None:
    (tmp_path / "routing").mkdir()
    assert command("new", "routing").returncode == 0
    assert (tmp_path / "routing" / "routing.py").is_file()

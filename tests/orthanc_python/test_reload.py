# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run --reload`: each save starts Orthanc again, with the same ports and data."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from orthanc_python.ports import free_port
from orthanc_python.reload import Watcher, WatchFailed
from tests.support import dicom
from tests.support.files import save
from tests.support.servers import wait_for

from .conftest import Command
from .running import Run

SCRIPT = """
    import os
    import orthanc
    import helper

    def version(output, uri, **request):
        output.AnswerBuffer(f"VERSION {helper.name}", "text/plain")

    def end(output, uri, **request):
        os._exit(3)

    def change(kind, level, resource):
        if kind == orthanc.ChangeType.ORTHANC_STOPPED:
            print("The script VERSION has stopped", flush=True)

    orthanc.RegisterRestCallback("/version", version)
    orthanc.RegisterRestCallback("/end", end)
    orthanc.RegisterOnChangeCallback(change)
"""


class Project:
    """A folder with a script that runs."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.save("script.py", SCRIPT.replace("VERSION", "1"))
        self.save("helper.py", "name = 'A'\n")
        ports = ["--http-port", str(free_port()), "--dicom-port", str(free_port())]
        self.run = Run(["script.py", "--reload", *ports], folder, environment)

    @property
    def url(self) -> str:
        return self.run.url

    def save(self, name: str, text: str) -> None:
        save(self.folder / name, textwrap.dedent(text))

    def await_text(self, path: str, text: str) -> None:
        try:
            wait_for(lambda: self._text(path) == text, f"{text!r} of {path}")
        except TimeoutError:
            pytest.fail(f"No {text!r} at {path}. Printed so far:\n{self.run.output.text}")

    def _text(self, path: str) -> str | None:
        try:
            return requests.get(self.url + path, timeout=60).text
        except requests.RequestException:  # it starts again, maybe in the middle of a response
            return None


@pytest.fixture
def project(tmp_path: Path, with_plugin: dict[str, str]) -> Iterator[Project]:
    project = Project(tmp_path, with_plugin)
    try:
        yield project
        if project.run.process.poll() is None:
            project.run.process.send_signal(signal.SIGTERM)
            project.run.end()
    finally:
        project.run.kill()


def test_a_save_starts_orthanc_again_with_its_data(project: Project) -> None:
    project.await_text("/version", "1 A")
    file = dicom.encode(dicom.image())
    study = requests.post(project.url + "/instances", data=file, timeout=60).json()["ParentStudy"]
    project.save("script.py", SCRIPT.replace("VERSION", "2"))
    project.await_text("/version", "2 A")
    project.run.output.wait_for("^script.py changed: starting Orthanc again$", 60)
    project.run.output.wait_for("^The script 1 has stopped$", 60)
    project.save("helper.py", "name = 'B'\n")
    project.await_text("/version", "2 B")
    assert requests.get(project.url + "/studies", timeout=60).json() == [study]
    project.run.press_ctrl_c()
    assert project.run.end() == 0


def test_orthanc_keeps_its_data_available_while_the_script_fails(project: Project) -> None:
    file = dicom.encode(dicom.image())
    study = requests.post(project.url + "/instances", data=file, timeout=60).json()["ParentStudy"]
    project.save("script.py", "import orthanc\nraise ValueError('a mistake')\n")
    project.run.output.wait_for("^Orthanc runs without scripts at .* until you save a file$", 60)
    project.run.output.wait_for("ValueError: a mistake", 60)
    assert requests.get(project.url + "/studies", timeout=60).json() == [study]
    project.save("script.py", SCRIPT.replace("VERSION", "3"))
    project.await_text("/version", "3 A")
    assert requests.get(project.url + "/studies", timeout=60).json() == [study]


def test_orthanc_that_ended_is_started_by_a_save(project: Project) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(project.url + "/end", timeout=60)
    project.run.output.wait_for(r"exit code 3\). Save a file to start it", 60)
    project.save("script.py", SCRIPT.replace("VERSION", "4"))
    project.await_text("/version", "4 A")


def test_no_bytecode_hides_a_save_of_the_same_size_and_second(project: Project) -> None:
    project.await_text("/version", "1 A")
    before = (project.folder / "helper.py").stat().st_mtime_ns
    project.save("helper.py", "name = 'B'\n")
    os.utime(project.folder / "helper.py", ns=(before, before))
    project.await_text("/version", "1 B")


def test_ctrl_c_ends_the_wait_for_a_save(project: Project) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(project.url + "/end", timeout=60)
    project.run.output.wait_for(r"exit code 3\). Save a file to start it", 60)
    project.run.press_ctrl_c()
    assert project.run.end() == 3


def test_a_folder_that_cannot_be_watched_is_an_error(tmp_path: Path) -> None:
    with Watcher(tmp_path / "missing") as watcher:

        def failure() -> str:
            try:
                watcher.check()
            except WatchFailed as error:
                return str(error)
            return ""

        assert wait_for(failure).startswith("--reload cannot watch the files: ")


def test_watchfiles_that_is_missing_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "script.py").touch()
    (tmp_path / "watchfiles.py").write_text("raise ImportError\n", encoding="utf-8")
    done = command("run", "script.py", "--reload", PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")
    assert done.returncode == 2
    assert '--reload needs watchfiles: pip install "orthanc-python[dev]"' in done.stderr

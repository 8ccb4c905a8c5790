# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The errors that the doctor finds in a configuration make Orthanc itself fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.doctor import permissions, plugins, service
from orthanc_python.doctor.permissions import RequiredAccess
from orthanc_python.server import free_port

from .conftest import Command
from .test_doctor import examine, failures

needs_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="acts under another account"
)


class Folder:
    """A folder of valid configuration files, as Debian's /etc/orthanc."""

    def __init__(self, path: Path, plugin: Path, executable: Path) -> None:
        self.path = path
        self.plugins = path.parent / "plugins"
        self.plugins.mkdir()
        (self.plugins / "libOrthancPython.so").symlink_to(plugin)
        self.script = path.parent / "script.py"
        self.script.write_text("import orthanc\n", encoding="utf-8")
        self.storage = path.parent / "storage"
        self.storage.mkdir()
        self._executable = executable
        path.mkdir()
        self.write(
            "orthanc.json",
            Plugins=[str(self.plugins)],
            StorageDirectory=str(self.storage),
            HttpPort=free_port(),
            DicomPort=free_port(),
        )
        self.write("credentials.json", RegisteredUsers={})
        self.write("script.json", PythonScript=str(self.script))
        self.write("interpreter.json", Python={"Executable": sys.executable})

    def write(self, name: str, **config: object) -> None:
        text = f"// {name}\n{json.dumps(config)[:-1]},}}"  # a comment, and a trailing comma
        (self.path / name).write_text(text, encoding="utf-8")

    def refused_by_orthanc(self) -> bool:
        """Whether Orthanc itself refuses to start."""
        process = subprocess.Popen(
            [str(self._executable), str(self.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as log:
            started = any("Orthanc has started" in line for line in log if line[0] != "I")
            process.kill()
        process.wait()
        return not started


@pytest.fixture
def folder(tmp_path: Path, plugin: Path, orthanc_executable: Path) -> Folder:
    return Folder(tmp_path / "etc", plugin, orthanc_executable)


@pytest.fixture
def look(command: Command, folder: Folder, orthanc_executable: Path) -> Callable[..., Any]:
    def run(*arguments: str | Path, **variables: str) -> Any:
        given = ("--orthanc", orthanc_executable, "--config", folder.path, *arguments)
        code, report = examine(command, *given, **variables)
        assert code == (0 if report["healthy"] else 1)
        return report

    return run


def test_a_good_folder_has_no_problem(look: Callable[..., Any], folder: Folder) -> None:
    report = look()
    assert failures(report) == {}
    assert [check for check in report["checks"] if check["warning"]] == []
    assert report["facts"]["prefix"] == sys.prefix
    assert os.listdir(folder.storage) == []  # the doctor writes no data
    assert not folder.refused_by_orthanc()


def test_a_configuration_that_does_not_exist_is_the_only_problem(
    look: Callable[..., Any], folder: Folder
) -> None:
    missing = folder.path / "missing"
    report = look("--config", missing)
    found = f"Cannot read the configuration {missing}: No such file or directory"
    assert {name: failure["found"] for name, failure in failures(report).items()} == {
        "configuration": found
    }
    assert failures(report)["configuration"]["remedy"] == "Correct the path."


def test_a_key_that_is_defined_twice(look: Callable[..., Any], folder: Folder) -> None:
    folder.write("twice.json", HttpPort=8042)
    failure = failures(look())["configuration"]
    assert "'HttpPort' is defined twice" in failure["found"]
    assert str(folder.path / "twice.json") in failure["found"]
    assert folder.refused_by_orthanc()


def test_the_file_of_the_upstream_package(look: Callable[..., Any], folder: Folder) -> None:
    folder.write("python.json", PythonScript="/etc/orthanc/sample.py", PythonVerbose=False)
    failure = failures(look())["configuration"]
    assert "'PythonScript' is defined twice" in failure["found"]
    assert "apt-get purge orthanc-python" in failure["remedy"]
    assert folder.refused_by_orthanc()


def test_text_that_is_not_json(look: Callable[..., Any], folder: Folder) -> None:
    (folder.path / "broken.json").write_text('{\n  "Name": oops\n}', encoding="utf-8")
    assert (
        "broken.json is not JSON: line 2, column 11" in failures(look())["configuration"]["found"]
    )
    assert folder.refused_by_orthanc()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("HttpServerEnabled", "true"),
        ("Plugins", "/usr/share/orthanc/plugins"),
        ("ConcurrentJobs", "60"),  # Orthanc finds this error in the trial run
        ("Python", {"Verbose": "yes"}),  # and the plugin finds this one
    ],
)
def test_a_value_of_the_wrong_type(
    look: Callable[..., Any], folder: Folder, option: str, value: object
) -> None:
    for file in folder.path.glob("*.json"):
        text = file.read_text(encoding="utf-8").replace(f'"{option}"', f'"No{option}"')
        file.write_text(text, encoding="utf-8")
    folder.write("wrong.json", **{option: value})
    found = " ".join(failure["found"] for failure in failures(look()).values())
    assert option in found
    assert folder.refused_by_orthanc()


@pytest.mark.parametrize("option", ["PythonScript", "StorageDirectory", "IndexDirectory"])
@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_text_that_no_path_can_have(
    look: Callable[..., Any], folder: Folder, option: str, character: str
) -> None:
    for file in folder.path.glob("*.json"):
        text = file.read_text(encoding="utf-8").replace(f'"{option}"', f'"No{option}"')
        file.write_text(text, encoding="utf-8")
    folder.write("odd.json", **{option: f"/a{character}b.py"})
    found = " ".join(failure["found"] for failure in failures(look()).values())
    assert f"{option} has text with a NUL character or a lone surrogate" in found


@pytest.mark.parametrize("upstream", [False, True])
def test_a_second_plugin_for_python(
    look: Callable[..., Any], folder: Folder, plugin: Path, upstream: bool
) -> None:
    second = folder.plugins / "second.so"
    if upstream:  # only the strings that the doctor searches for
        second.write_bytes(b"\x7fELF OrthancPluginInitialize\0" + b'Using Python script "\0')
    else:
        shutil.copy(plugin, second)
    failure = failures(look())["Plugins"]
    assert 'Orthanc loads 2 plugins named "python"' in failure["found"]
    assert str(second) in failure["found"]
    assert ("apt-get purge orthanc-python" in failure["remedy"]) is upstream
    assert folder.refused_by_orthanc()


def test_upstream_s_plugin_alone(look: Callable[..., Any], folder: Folder) -> None:
    other = folder.plugins / "libOrthancPython.so"
    other.unlink()
    other.write_bytes(b"OrthancPluginInitialize\0" + b'Using Python script "\0')
    failure = failures(look())["Plugins"]
    assert f"Orthanc loads {other} (orthanc-python" in failure["found"]


def test_a_configuration_that_does_not_load_the_plugin(
    look: Callable[..., Any], folder: Folder, plugin: Path
) -> None:
    (folder.plugins / "libOrthancPython.so").unlink()
    report = look()
    assert str(plugin) in failures(report)["Plugins"]["remedy"]
    assert report["configuration"] == {"Plugins": [str(plugin)]}


def test_a_plugin_that_is_missing(look: Callable[..., Any], folder: Folder) -> None:
    folder.plugins.rename(folder.plugins.with_name("elsewhere"))
    report = look()
    found = [check["found"] for check in report["checks"] if check["name"] == "Plugins"]
    assert found[0] == f"Plugins names {folder.plugins}, which does not exist"


def test_a_script_that_does_not_compile(look: Callable[..., Any], folder: Folder) -> None:
    folder.script.write_text("import orthanc\nfoo(\n", encoding="utf-8")
    failure = failures(look())["script"]
    assert str(folder.script) in failure["found"]
    assert "line 2" in failure["found"] and "SyntaxError" in failure["found"]
    assert folder.refused_by_orthanc()


def test_each_of_several_scripts_is_checked(look: Callable[..., Any], folder: Folder) -> None:
    scripts = folder.script.parent / "more"
    scripts.mkdir()
    folder.write(
        "interpreter.json", Python={"Executable": sys.executable, "Scripts": [str(scripts)]}
    )
    assert failures(look())["script"]["found"] == f"{scripts} has no .py file"
    (scripts / "more.py").write_text("def (", encoding="utf-8")
    assert str(scripts / "more.py") in failures(look())["script"]["found"]
    (scripts / "more.py").write_text("import orthanc", encoding="utf-8")
    assert failures(look()) == {}


def test_a_script_is_not_run(look: Callable[..., Any], folder: Folder, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    folder.script.write_text(f"open({str(trace)!r}, 'w').close()\n", encoding="utf-8")
    assert failures(look()) == {}
    assert not trace.exists()


def test_a_script_that_is_missing(look: Callable[..., Any], folder: Folder) -> None:
    folder.script.unlink()
    failure = failures(look())["rights"]
    assert str(folder.script) in failure["found"] and "finds no such file" in failure["found"]
    assert folder.refused_by_orthanc()


def test_variables_that_are_not_set(look: Callable[..., Any], folder: Folder) -> None:
    folder.write("more.json", Name="${NOT_SET_ANYWHERE}", DicomAet="${AET}")
    report = look(AET="MINE")
    assert report["healthy"]
    (warning,) = (check for check in report["checks"] if check["warning"])
    assert "NOT_SET_ANYWHERE" in warning["found"] and "AET," not in warning["found"]


def test_open_access_is_a_problem(look: Callable[..., Any], folder: Folder) -> None:
    folder.write("more.json", RemoteAccessAllowed=True)
    (warning,) = (check for check in look()["checks"] if check["warning"])
    assert "RegisteredUsers is empty" in warning["found"]


@needs_root
def test_an_orthanc_that_the_account_may_not_run(
    command: Command, folder: Folder, tmp_path: Path, orthanc_executable: Path
) -> None:
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "Orthanc").symlink_to(orthanc_executable)
    arguments = ("--orthanc", closed / "Orthanc", "--config", folder.path, "--user", "nobody")
    code, report = examine(command, *arguments)
    assert code == 1
    found = [check["found"] for check in report["checks"] if not check["ok"]]
    assert f"Orthanc {closed}/Orthanc: the account 'nobody' may not enter {closed}" in found


@needs_root
def test_rights_of_the_account(look: Callable[..., Any], folder: Folder, tmp_path: Path) -> None:
    folder.storage.chmod(0o700)
    (folder.path / "credentials.json").chmod(0o600)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder.write("interpreter.json", Python={"VirtualEnv": str(closed / "venv")})
    open_to_all(tmp_path)
    closed.chmod(0o700)
    report = look("--user", "nobody")
    found = [check["found"] for check in report["checks"] if check["name"] == "rights"]
    assert found[0].endswith("credentials.json: the account 'nobody' may not read it")
    assert found[1].startswith(f"The storage {folder.storage}: the account 'nobody' may not")
    assert found[2].endswith(f"venv: the account 'nobody' may not enter {closed}")
    assert all(check["remedy"] for check in report["checks"] if not check["ok"])


def open_to_all(path: Path) -> None:
    for folder in (path, *path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)


@needs_root
def test_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    (closed / "deeper").mkdir(parents=True)
    script = closed / "deeper" / "script.py"
    script.touch()
    closed.chmod(0o700)
    (problem,) = permissions.denied("nobody", [RequiredAccess("The script", script)])
    assert f"may not enter {closed}" in problem.found
    assert f"chmod o+x {closed}" in problem.remedy


@needs_root
@pytest.mark.parametrize(
    ("mode", "missing", "expected"),
    [
        (0o777, False, None),
        (0o755, False, "may not write to it"),
        (0o777, True, None),
        (0o755, True, "may not create it in"),
        (0o711, False, "may not read it"),
    ],
)
def test_a_storage(tmp_path: Path, mode: int, missing: bool, expected: str | None) -> None:
    open_to_all(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    access = RequiredAccess("The storage", folder / "new" if missing else folder, write=True)
    found = [problem.found for problem in permissions.denied("nobody", [access])]
    assert len(found) == (expected is not None)
    assert not expected or expected in found[0]


def test_an_account_that_does_not_exist(look: Callable[..., Any]) -> None:
    failure = failures(look("--user", "nobody-of-that-name"))["account"]
    assert "There is no account 'nobody-of-that-name'" in failure["found"]


UNIT = """\
[Service]
User=orthanc
ExecStart=/usr/sbin/Orthanc --logdir=/var/log/orthanc {config}
"""

INIT = """\
DAEMON=/usr/sbin/Orthanc
LOGDIR=/var/log/orthanc
DAEMON_ARGS="--logdir=${{LOGDIR}} {config}/"
ORTHANC_USER=orthanc:orthanc
"""


@pytest.mark.parametrize(
    ("place", "text"),
    [("usr/lib/systemd/system/orthanc.service", UNIT), ("etc/init.d/orthanc", INIT)],
)
def test_the_service_of_a_configuration(tmp_path: Path, place: str, text: str) -> None:
    config = tmp_path / "etc" / "orthanc"
    config.mkdir(parents=True)
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(config=config), encoding="utf-8")
    found = service.service_of(config, tmp_path)
    assert found is not None
    assert (found.account, found.command[0]) == ("orthanc", "/usr/sbin/Orthanc")
    assert found.log_folder == Path("/var/log/orthanc")
    assert service.service_of(tmp_path / "other.json", tmp_path) is None


def test_a_drop_in_changes_the_account(tmp_path: Path) -> None:
    unit = tmp_path / "lib/systemd/system/orthanc.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(UNIT.format(config=tmp_path), encoding="utf-8")
    drop_in = tmp_path / "etc/systemd/system/orthanc.service.d/mine.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Service]\nUser=pacs\n", encoding="utf-8")
    found = service.service_of(tmp_path, tmp_path)
    assert found is not None and found.account == "pacs"


def test_which_files_of_a_folder_are_plugins(tmp_path: Path, plugin: Path) -> None:
    for name in ("a.so", "B.SO", "c.so.1", "sub/d.so", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(plugin, tmp_path / name)
    (tmp_path / "other.so").write_bytes(b"OrthancPluginInitialize")
    (tmp_path / "empty.so").touch()
    found = plugins.python_plugins(plugins.libraries([str(tmp_path)], []))
    assert [(one.path.name, one.ours) for one in found] == [("B.SO", True), ("a.so", True)]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest
import requests

from orthanc_python.listening_addresses import listening_addresses
from orthanc_python.output import Output
from orthanc_python.run import _Signals, _Stop
from orthanc_python.server import Orthanc, free_port
from tests.support.signals import STOPPING, inherited

from .conftest import Command
from .faulty_server import serving

HELLO = """
import os
import orthanc

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")

def end(output, uri, **request):
    os._exit(3)

orthanc.RegisterRestCallback("/hello", hello)
orthanc.RegisterRestCallback("/end", end)
"""

ENDLESS_STOP = """
import threading
import orthanc

def change(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        print("stopping for ever", flush=True)
        threading.Event().wait()

orthanc.RegisterOnChangeCallback(change)
"""


class Run:
    """`orthanc-python run` in its own process group, as a shell starts it."""

    def __init__(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "orthanc_python", "run", *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.output = Output(self.process.stdout)

    @property
    def url(self) -> str:
        """The URL of Orthanc that the command prints."""
        return self.output.wait_for("Open  (http://.*)/$", 60)[1]

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            pytest.fail(f"It has not ended. Printed so far:\n{self.output.text}")
        self.output.join(10)
        return code


@pytest.fixture
def run(
    tmp_path: Path, with_plugin: dict[str, str], orthanc_executable: Path
) -> Iterator[Callable[..., Run]]:
    """Starts `orthanc-python run` with a script given as text."""
    started: list[Run] = []

    def start(
        text: str,
        *arguments: object,
        more: Sequence[str] = (),
        usual_ports: bool = False,
        ignored: Collection[signal.Signals] = (),
        blocked: Collection[signal.Signals] = (),
    ) -> Run:
        (tmp_path / "script.py").write_text(text, encoding="utf-8")
        given = ["script.py", *more, "--orthanc", str(orthanc_executable)]
        if not usual_ports:  # several tests may run at once
            given += ["--http-port", str(free_port()), "--dicom-port", str(free_port())]
        with inherited(ignored=ignored, blocked=blocked):
            started.append(Run([*given, *map(str, arguments)], tmp_path, with_plugin))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_and_stop(run: Callable[..., Run], number: signal.Signals) -> None:
    running = run(HELLO)
    assert requests.get(running.url + "/hello", timeout=30).text == "hello"
    data = Path(running.output.wait_for("Data  (/[^,]*), deleted at the end", 10)[1])
    assert data.is_dir()
    os.killpg(running.process.pid, number)
    assert running.end() == 0
    assert "Orthanc has stopped" in running.output.text
    assert not data.exists()


def test_signals_that_the_caller_ignores(run: Callable[..., Run]) -> None:
    """As under nohup."""
    running = run(HELLO, ignored=[signal.SIGHUP])
    assert running.url
    os.killpg(running.process.pid, signal.SIGHUP)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "it was killed" not in running.output.text


@pytest.mark.parametrize("way", ["ignored", "blocked"])
def test_sigterm_stops_orthanc_with_each_inherited_disposition(
    run: Callable[..., Run], way: str
) -> None:
    running = run(HELLO, **{way: STOPPING})
    assert running.url
    running.process.terminate()
    assert running.end() == 0
    assert "Orthanc has stopped" in running.output.text


def test_a_signal_interrupts_no_statement() -> None:
    """An exception inside subprocess would leave its lock acquired."""
    signals = _Signals()
    with inherited(), signals.watched():
        for number in STOPPING:
            signal.raise_signal(number)
            with pytest.raises(_Stop):
                signals.check()
            signals.check()


def test_ctrl_c_while_it_starts(run: Callable[..., Run], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    running = run("import os\nprint('pid', os.getpid(), flush=True)\nopen('fifo')")
    pid = int(running.output.wait_for(r"^pid (\d+)$", 60)[1])
    running.press_ctrl_c()
    assert running.end() == 255  # the import is interrupted, so Orthanc does not start
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_second_ctrl_c_does_not_wait(run: Callable[..., Run]) -> None:
    running = run(ENDLESS_STOP)
    assert running.url
    running.press_ctrl_c()
    running.output.wait_for("^Stopping Orthanc ... Press Ctrl-C again to end it at once.$", 60)
    running.output.wait_for("stopping for ever", 60)
    running.press_ctrl_c()
    assert running.end() == 1
    assert "it was killed" in running.output.text


def test_orthanc_that_ends_by_itself(run: Callable[..., Run]) -> None:
    running = run(HELLO)
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url + "/end", timeout=30)
    assert running.end() == 3
    assert "stopped by itself (exit code 3)" in running.output.text


def test_several_scripts(run: Callable[..., Run], tmp_path: Path) -> None:
    text = "import orthanc\northanc.route('/more')(lambda request: 'more')"
    (tmp_path / "more.py").write_text(text)
    running = run(HELLO, more=["more.py"])
    assert requests.get(running.url + "/more", timeout=30).text == "more"
    assert requests.get(running.url + "/hello", timeout=30).status_code == 200
    running.press_ctrl_c()
    assert running.end() == 0
    assert re.search(r"^Orthanc runs script.py, more.py\.$", running.output.text, re.MULTILINE)


def test_script_that_fails(run: Callable[..., Run]) -> None:
    running = run("raise RuntimeError('on purpose')")
    assert running.end() == 255
    summary = running.output.text.partition("Orthanc did not start")[2]
    assert re.search("^  Traceback .*\n(  .*\n)+  RuntimeError: on purpose$", summary, re.MULTILINE)


def test_options_and_configuration(run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    config = tmp_path / "etc" / "orthanc.json"
    config.write_text(
        f"""
        // comments are welcome
        {{
          "Name": "from the file",  /* the name */
          "HttpPort": {free_port()},
          "DicomPort": {free_port()},
          "PythonScript": "not this one",
          "StorageDirectory": "data"
        }}
        """,
        encoding="utf-8",
    )
    port = free_port()
    running = run(HELLO, "--config", config, "--http-port", port, "--", "--verbose")
    assert running.url == f"http://127.0.0.1:{port}"
    assert requests.get(running.url + "/hello", timeout=30).text == "hello"
    assert requests.get(running.url + "/system", timeout=30).json()["Name"] == "from the file"
    running.press_ctrl_c()
    assert running.end() == 0
    assert re.search("^I", running.output.text, re.MULTILINE)
    assert (tmp_path / "etc" / "data" / "index").is_file()
    assert "deleted at the end" not in running.output.text


def addresses(running: Run) -> list[str]:
    """The addresses on which Orthanc listens, from the output."""
    assert running.url
    running.output.wait_for("^  Stop  Ctrl-C", 10)
    return re.findall(r"^  ((?:HTTP|DICOM) .*)", running.output.text, re.MULTILINE)


def test_the_addresses_of_the_servers_are_shown(run: Callable[..., Run]) -> None:
    """Orthanc listens on all addresses, and refuses the requests of other machines itself."""
    http, dicom = addresses(run(HELLO))
    assert "of all addresses (0.0.0.0); requests of other machines are refused" in http
    assert "of all addresses (0.0.0.0), as ORTHANC; other machines may use it" in dicom


def test_addresses_of_a_configuration(run: Callable[..., Run], tmp_path: Path) -> None:
    config = {
        "RemoteAccessAllowed": True,
        "RegisteredUsers": {"alice": "long and secret"},
        "DicomServerEnabled": False,
    }
    path = tmp_path / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    http, dicom = addresses(run(HELLO, "--config", path))
    assert "other machines may use it (RemoteAccessAllowed)" in http
    assert dicom == "DICOM off (DicomServerEnabled is false)"


def test_listening_addresses() -> None:
    with socket.socket() as some, socket.socket(socket.AF_INET6) as other:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
        assert listening_addresses(os.getpid(), port) == []
        some.listen()
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", port))
        other.listen()
        assert listening_addresses(os.getpid(), port) == ["127.0.0.1", "::1"]


def test_the_storage_folder_is_kept(run: Callable[..., Run], tmp_path: Path) -> None:
    running = run(HELLO, "--storage", "kept")
    assert running.url
    running.press_ctrl_c()
    assert running.end() == 0
    assert (tmp_path / "kept" / "index").is_file()


@pytest.mark.parametrize("option", ["--http-port", "--dicom-port"])
def test_port_in_use(run: Callable[..., Run], option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = run(HELLO, option, port)
        assert running.end() == 2
    assert f"port {port} is in use; choose another one with {option}" in running.output.text


def test_another_port_is_used_if_the_usual_port_is_in_use(run: Callable[..., Run]) -> None:
    first = run(HELLO, usual_ports=True)
    assert first.url
    second = run(HELLO, usual_ports=True)
    assert second.url != first.url
    for running in (first, second):
        running.press_ctrl_c()
        assert running.end() == 0


@pytest.fixture
def published(
    cache: Path, orthanc_executable: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server that publishes this machine's Orthanc in each version; the SHA-256 of the file."""
    program = f'#!/bin/sh\nexec "{orthanc_executable}" "$@"\n'.encode()
    with serving(program) as server:
        monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", server.url.rpartition("/")[0])
        yield hashlib.sha256(program).hexdigest()


def test_a_downloaded_orthanc_that_cannot_be_verified_is_announced(
    published: str, run: Callable[..., Run]
) -> None:
    running = run(HELLO, "--orthanc", "0.0.1")
    requests.get(running.url, timeout=30)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "Cannot verify " in running.output.text
    assert f"use --orthanc 0.0.1 --sha256 {published}." in running.output.text


def test_a_downloaded_orthanc_with_the_right_checksum_runs(
    published: str, run: Callable[..., Run]
) -> None:
    running = run(HELLO, "--orthanc", "0.0.1", "--sha256", published)
    requests.get(running.url, timeout=30)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "Cannot verify" not in running.output.text


def test_a_downloaded_orthanc_with_another_checksum_is_not_started(
    published: str, cache: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    result = command("run", "script.py", "--orthanc", "0.0.1", "--sha256", "0" * 64)
    assert result.returncode == 2
    assert f"is not the expected file: its SHA-256 is {published}" in result.stderr
    assert not list(cache.rglob("Orthanc"))


def test_the_smoke_test_accepts_no_download_that_the_lock_does_not_know(
    published: str, cache: Path, plugin: Path
) -> None:
    program = Path(__file__).parents[1] / "smoke"
    command = [sys.executable, str(program), str(plugin), "--orthanc", "0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "The checksum of Orthanc 0.0.1" in done.stderr
    assert not list(cache.rglob("Orthanc"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.py"], "There is no script .*missing.py"),
        (["orthanc.json"], "must be a .py file"),
        (["script.py", "--config", "missing.json"], "Cannot read the configuration"),
        (["script.py", "--config", "broken.json"], "broken.json is not JSON: line 1, column 2"),
        (["script.py", "--orthanc", "missing"], "There is no Orthanc at"),
        (["script.py", "--orthanc", "/bin/true"], "/bin/true is not Orthanc, or does not run"),
        (["script.py", "--orthanc", "script.py"], "script.py is not Orthanc, or does not run"),
        (["script.py", "--sha256", "1234"], "'1234' is not a SHA-256: write 64 hexadecimal"),
        (
            ["script.py", "--orthanc", "script.py", "--sha256", "F" * 64],
            f"The SHA-256 of .*script.py is .*, not {'f' * 64}: it was not started",
        ),
        (["script.py", "--http-port", "99999"], "99999 is not a port number"),
        (["script.py", "--http-port", "0"], "0 is not a port number"),
        (["script.py", "--dicom-port", "-1"], "-1 is not a port number"),
        (["script.py", "--http-port", "x"], "invalid int value"),
        (["script.py", "--http-port", "8765", "--dicom-port", "8765"], "both use the port 8765"),
        (["script.py", "--storage", "script.py"], "not a folder"),
        (["script.py", "--storage", "script.py/deeper"], "script.py is not a folder"),
        (["script.py", "--storage", "/proc/1/storage"], "this account may not write to /proc/1"),
        (
            ["script.py", "--config", "storage.json"],
            r"script.py \(StorageDirectory\).* not a folder",
        ),
        (["script.py", "--config", "types.json"], "The option HttpPort has the value '8042'"),
        (["script.py", "--config", "list.json"], "must hold a JSON object"),
        (["script.py", "--config", "folder.py"], r"There is no \*.json file in the folder"),
        (["folder.py"], "folder.py is a folder: name the .py file in it"),
        (["."], "is a folder"),
        ([""], "is a folder"),
    ],
)
def test_mistakes_have_a_clear_message(
    command: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    (tmp_path / "orthanc.json").write_text("{}", encoding="utf-8")
    (tmp_path / "broken.json").write_text("{oops}", encoding="utf-8")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    (tmp_path / "types.json").write_text('{"HttpPort": "8042"}', encoding="utf-8")
    (tmp_path / "storage.json").write_text('{"StorageDirectory": "script.py"}', encoding="utf-8")
    (tmp_path / "folder.py").mkdir()
    result = command("run", *arguments)
    assert result.returncode == 2
    assert re.search(message, result.stderr)
    assert "Traceback" not in result.stderr


def test_the_path_of_the_library_is_shown(command: Command, plugin: Path) -> None:
    result = command("path")
    assert result.stdout == f"{plugin}\n"
    assert result.returncode == 0


def test_path_of_a_missing_library(command: Command) -> None:
    result = command("path", ORTHANC_PYTHON_LIBRARY="/missing")
    assert (result.returncode, result.stdout) == (2, "")
    assert "/missing" in result.stderr


def test_config_is_all_that_orthanc_needs(
    command: Command, tmp_path: Path, plugin: Path, orthanc_executable: Path
) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    config = json.loads(command("config", "script.py").stdout)
    assert config["PythonScript"] == str(tmp_path / "script.py")
    with Orthanc(plugin=plugin, orthanc=orthanc_executable, config=config) as server:
        assert server.get("/hello").text == "hello"


def test_config_without_a_script(command: Command) -> None:
    assert "PythonScript" not in json.loads(command("config").stdout)


def test_the_versions_are_shown(command: Command, plugin: Path) -> None:
    result = command("--version")
    assert result.returncode == 0
    assert re.fullmatch(rf"orthanc-python \S.*, {re.escape(str(plugin))}\n", result.stdout)


def test_version_without_the_library(command: Command) -> None:
    result = command("--version", ORTHANC_PYTHON_LIBRARY="/missing")
    assert result.returncode == 0
    assert "without its library" in result.stdout and "/missing" in result.stdout


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"], ["path"]])
def test_a_reader_that_goes_away(
    with_plugin: dict[str, str], orthanc_executable: Path, arguments: list[str]
) -> None:
    """For example `orthanc-python doctor | head -0`."""
    if arguments[0] == "doctor":
        arguments = [*arguments, "--orthanc", str(orthanc_executable)]
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as stdout:
        result = subprocess.run(
            [sys.executable, "-m", "orthanc_python", *arguments],
            env={**with_plugin, "PYTHONUNBUFFERED": ""},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert (result.returncode, result.stderr) == (141, "")


def test_characters_that_the_terminal_lacks(
    command: Command, tmp_path: Path, orthanc_executable: Path
) -> None:
    (tmp_path / "é.py").write_text("raise RuntimeError('é')", encoding="utf-8")
    given = ("é.py", "--orthanc", orthanc_executable, "--http-port", str(free_port()))
    result = command("run", *given, PYTHONIOENCODING="ascii")
    assert result.returncode == 255
    assert "RuntimeError: \\xe9" in result.stdout
    assert result.stderr == ""


def test_a_cache_that_cannot_be_used(command: Command, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    (tmp_path / "file").touch()
    cache = str(tmp_path / "file" / "cache")
    result = command("run", "script.py", "--orthanc", "9.9.9", ORTHANC_PYTHON_CACHE=cache)
    assert result.returncode == 2
    assert f"ORTHANC_PYTHON_CACHE names the folder {cache}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_current_directory_that_was_deleted(with_plugin: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    command = f"{sys.executable} -m orthanc_python config"
    result = subprocess.run(
        ["sh", "-c", f"rmdir {folder}; exec {command}"],
        cwd=folder,
        env=with_plugin,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert "The current directory was deleted" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("script", ["missing.py", "."])
def test_config_of_a_script_that_is_none(command: Command, script: str) -> None:
    result = command("config", script)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["path", "--", "x"]])
def test_wrong_arguments_show_the_usage(command: Command, arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.returncode == 2
    assert "usage: orthanc-python" in result.stderr

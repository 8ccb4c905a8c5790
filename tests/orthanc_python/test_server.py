# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from orthanc_python.server import Orthanc, OrthancFailed, free_port
from tests.support.signals import STOPPING, inherited

HELLO = """
import orthanc

def hello(output, uri, **request):
    answer = "hello"
    if request["method"] != "GET":
        answer = request["method"] + " " + request.get("body", b"").decode()
    output.AnswerBuffer(answer, "text/plain")

orthanc.RegisterRestCallback("/hello", hello)
orthanc.LogWarning("the script was read")
"""

Make = Callable[..., Orthanc]


@pytest.fixture
def make(tmp_path: Path, plugin: Path, orthanc_executable: Path) -> Make:
    """Prepares a server with a script given as text."""

    def make(script: str | None = HELLO, **options: object) -> Orthanc:
        path = None
        if script is not None:
            path = tmp_path / "script.py"
            path.write_text(script, encoding="utf-8")
        return Orthanc(path, plugin=plugin, orthanc=orthanc_executable, **options)  # type: ignore[arg-type]

    return make


def test_a_server_starts_answers_and_stops(make: Make) -> None:
    with make() as server:
        assert server.get("/hello").text == "hello"
        assert server.put("/hello", "body").text == "PUT body"
        assert server.post("/hello", "body").text == "POST body"
        assert server.delete("/hello").text == "DELETE "
        assert server.wait_for_log("the script was read$")
        assert server.exit_code is None
        os.kill(server.pid, 0)
        assert server.stop() == 0
        assert server.stop() == 0
        assert "Orthanc has stopped" in server.log
    assert not server.directory.exists()


def test_a_script_that_redirects_each_request(make: Make) -> None:
    """An authentication callback does so (Orthanc 1.12.9): the redirect may lead anywhere."""
    script = """
import orthanc

def to_login(output, uri, **request):
    output.Redirect(uri)

orthanc.RegisterRestCallback("/.*", to_login)
"""
    with make(script) as server:
        assert server.get("/system", allow_redirects=False).is_redirect


def test_a_server_can_be_stopped_at_once(make: Make) -> None:
    for _ in range(3):
        assert make().start().stop() == 0


def test_defaults_are_private(make: Make) -> None:
    config = make().config
    assert config["RemoteAccessAllowed"] is False
    assert config["AuthenticationEnabled"] is False


def test_remote_access_keeps_its_password(make: Make) -> None:
    assert "AuthenticationEnabled" not in make(config={"RemoteAccessAllowed": True}).config


def test_configuration_is_merged(make: Make, tmp_path: Path, plugin: Path) -> None:
    config = {"Name": "mine", "DicomAet": "AET", "HttpPort": free_port(), "Plugins": ["a"]}
    server = make(config=config)
    assert server.config["Name"] == "mine"
    assert server.config["Plugins"] == ["a", str(plugin)]
    assert server.aet == "AET"
    assert server.http_port == config["HttpPort"]
    assert make(config=config, http_port=1234).http_port == 1234
    assert make(config={"Plugins": [str(plugin)]}).config["Plugins"] == [str(plugin)]
    storage = str(tmp_path / "data")
    server = make(config={"StorageDirectory": storage})
    assert server.config["StorageDirectory"] == storage


def test_the_storage_replaces_the_folders_of_the_configuration(make: Make, tmp_path: Path) -> None:
    files, index = str(tmp_path / "files"), str(tmp_path / "index")
    config = make(config={"StorageDirectory": files, "IndexDirectory": index}).config
    assert (config["StorageDirectory"], config["IndexDirectory"]) == (files, index)
    config = make(config={"IndexDirectory": index}).config
    assert config["IndexDirectory"] == index
    config = make(config={"IndexDirectory": index}, storage=tmp_path / "other").config
    assert config["StorageDirectory"] == str(tmp_path / "other")
    assert "IndexDirectory" not in config


def test_storage_outlives_the_server(make: Make, tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    with make(storage=storage) as server:
        patient = server.post("/tools/create-dicom", '{"PatientID": "A"}').json()["ParentPatient"]
    with make(storage=storage) as server:
        assert server.get("/patients").json() == [patient]


def test_a_stopped_server_refuses_connections(make: Make) -> None:
    server = make()
    with server:
        pass
    with pytest.raises(requests.ConnectionError):
        server.get("/hello")


def test_a_failing_script_is_reported(make: Make) -> None:
    with pytest.raises(OrthancFailed, match="stopped while it started") as error:
        make("raise RuntimeError('on purpose')").start()
    assert error.value.exit_code == 255
    assert "on purpose" in error.value.log
    assert "on purpose" in str(error.value)


def test_a_late_answer_is_an_error(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    server = make(f"open({str(tmp_path / 'fifo')!r})", start_timeout=0.5)
    with pytest.raises(OrthancFailed, match="No answer after"):
        server.start()
    assert server.exit_code is not None


def test_a_signal_that_orthanc_forgets(make: Make) -> None:
    """The first signal reaches a handler that does nothing but make way for Orthanc's own."""
    script = """
import ctypes, signal
import orthanc

libc = ctypes.CDLL(None)
Handler = ctypes.CFUNCTYPE(None, ctypes.c_int)
libc.signal.restype = ctypes.c_void_p
libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)

@Handler
def forget(number):
    libc.signal(number, of_orthanc)

def deafen(output, uri, **request):
    global of_orthanc
    of_orthanc = libc.signal(signal.SIGTERM, ctypes.cast(forget, ctypes.c_void_p))
    output.AnswerBuffer("", "text/plain")

orthanc.RegisterRestCallback("/deafen", deafen)
"""
    with make(script) as server:
        assert server.get("/deafen").status_code == 200
        assert server.stop() == 0
    assert "Orthanc has stopped" in server.log


# Like an Orthanc of which no thread runs for a while after it has removed its signal handlers
HALTED = f"""#!{sys.executable}
import http.server, json, signal, sys, threading, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

port = json.load(open(sys.argv[1]))["HttpPort"]
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
stopping = threading.Event()
signals = (signal.SIGTERM, signal.SIGHUP)
for number in signals:
    signal.signal(number, lambda *_: stopping.set())
print("Orthanc has started", flush=True)
while not stopping.wait(0.1):
    pass
for number in signals:
    signal.signal(number, signal.SIG_DFL)
time.sleep(5)
"""


def test_no_signal_is_sent_to_an_orthanc_that_handles_none(tmp_path: Path, plugin: Path) -> None:
    program = tmp_path / "Orthanc"
    program.write_text(HALTED, encoding="utf-8")
    program.chmod(0o755)
    with Orthanc(plugin=plugin, orthanc=program) as server:
        server.wait_for_log("Orthanc has started")
        assert server.stop() == 0


@pytest.mark.parametrize("way", ["ignored", "blocked"])
def test_orthanc_stops_with_each_inherited_disposition(make: Make, way: str) -> None:
    with inherited(**{way: STOPPING}):
        server = make().start()
    assert server.get("/hello").text == "hello"
    assert server.stop() == 0
    assert "Orthanc has stopped" in server.log


def test_orthanc_stops_where_no_signal_can_be_sent(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, a process without a console cannot send Ctrl-Break."""

    def refuse(process: object) -> None:
        raise OSError("The handle is invalid")

    monkeypatch.setattr("orthanc_python.server.ask_to_stop", refuse)
    server = make().start()
    assert server.stop() == 0
    assert "Orthanc is stopping" in server.log


def test_a_slow_stop_is_asked_for_once(make: Make) -> None:
    """Orthanc would store a second signal, and a third one would end the process."""
    script = """
import threading
import orthanc

def change(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        threading.Event().wait(5)

orthanc.RegisterOnChangeCallback(change)
"""
    server = make(script).start()
    assert server.stop() == 0
    assert "Orthanc has stopped" in server.log


def test_a_stop_that_never_ends_is_an_error(make: Make) -> None:
    script = """
import os, threading
import orthanc

def change(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        threading.Event().wait()

orthanc.RegisterOnChangeCallback(change)
"""
    server = make(script).start()
    with pytest.raises(OrthancFailed, match="did not stop within"):
        server.stop(timeout=0.5)
    assert server.exit_code is not None


def test_a_missing_log_line_is_an_error(make: Make) -> None:
    with make() as server, pytest.raises(TimeoutError, match="was not printed"):
        server.wait_for_log("this is never printed", timeout=0.1)


def test_variables_arguments_and_the_folder_are_passed(make: Make, tmp_path: Path) -> None:
    script = "import os\nprint('seen', os.environ['MINE'], os.getcwd())"
    with make(script, env={"MINE": "x"}, arguments=["--verbose"]) as server:
        server.wait_for_log(f"^seen x {server.directory}$")
        server.wait_for_log("^I")
    with make(script, env={"MINE": "x"}, working_directory=tmp_path) as server:
        server.wait_for_log(f"^seen x {tmp_path}$")


def test_lines_are_passed_on(make: Make) -> None:
    lines: list[str] = []
    with make(on_output=lines.append) as server:
        server.wait_for_log("Orthanc has started")
    assert "".join(lines) == server.log


def test_another_server_on_the_port_is_not_taken_for_ours(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        with pytest.raises(OrthancFailed):
            make(http_port=taken.getsockname()[1]).start()


def test_a_server_without_http_starts(make: Make) -> None:
    with make(config={"HttpServerEnabled": False}) as server:
        assert "Orthanc has started" in server.log
    assert server.exit_code == 0


def test_free_port_is_never_given_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50


def is_taken(port: int) -> bool:
    """Whether a program that wants the port for itself is refused."""
    with socket.socket() as other:
        try:
            other.bind(("", port))
        except OSError:
            return True
    return False


def test_the_ports_stay_reserved_while_orthanc_is_down(make: Make) -> None:
    server = make().start()
    server.stop()
    port = server.dicom_port  # unlike the HTTP port, without connections that the kernel remembers
    assert is_taken(port)
    assert server.start().get("/hello").text == "hello"
    server.stop()
    server.close()
    del server
    gc.collect()
    assert not is_taken(port)

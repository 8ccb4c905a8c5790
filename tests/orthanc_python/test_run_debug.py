# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run --debug`: an editor attaches before the script runs."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

import orthanc_python
from orthanc_python.ports import free_port
from tests.support import pythons
from tests.support.debian_chroots import Chroot
from tests.support.debug_adapter import Editor
from tests.support.files import save
from tests.support.servers import Servers, wait_for

from .conftest import Command
from .running import HELLO, Run

SCRIPT = """
import orthanc

def double(output, uri, **request):
    number = int(request["get"]["number"])
    result = 2 * number
    output.AnswerBuffer(str(result), "text/plain")

def on_change(kind, level, resource):
    print("change", kind, flush=True)

at_import = 1
orthanc.RegisterRestCallback("/double", double)
orthanc.RegisterOnChangeCallback(on_change)
"""
RESULT, CHANGE, AT_IMPORT = 6, 10, 12  # lines


def check_breakpoints(editor: Editor, url: Callable[[], str]) -> None:
    """Stop in the main thread, in the thread of the events, and in two threads of HTTP."""
    stopped = editor.wait_for("stopped")["threadId"]
    assert editor.where(stopped)[0] == AT_IMPORT
    editor.request("continue", threadId=stopped)

    stopped = editor.wait_for("stopped")["threadId"]
    line, variables = editor.where(stopped)
    assert (line, variables["level"]) == (CHANGE, "4")
    editor.request("continue", threadId=stopped)

    for number in (21, 4):
        with ThreadPoolExecutor() as pool:
            address = f"{url()}/double?number={number}"
            answer = pool.submit(requests.get, address, timeout=120)
            stopped = editor.wait_for("stopped")["threadId"]
            line, variables = editor.where(stopped)
            assert (line, variables["number"]) == (RESULT, str(number))
            editor.request("continue", threadId=stopped)
            assert answer.result().text == str(2 * number)


def test_an_editor_stops_in_each_thread_of_orthanc(run: Callable[..., Run], tmp_path: Path) -> None:
    port = free_port()
    running = run(SCRIPT, "--debug", port)
    running.output.wait_for(f"^Waiting for a debugger: attach your editor to 127.0.0.1:{port}$", 60)
    with Editor(port, tmp_path / "script.py", RESULT, CHANGE, AT_IMPORT) as editor:
        check_breakpoints(editor, lambda: running.url)
    assert requests.get(running.url + "/double?number=5", timeout=60).text == "10"
    with Editor(port, tmp_path / "script.py", RESULT) as editor, ThreadPoolExecutor() as pool:
        answer = pool.submit(requests.get, running.url + "/double?number=6", timeout=120)
        stopped = editor.wait_for("stopped")["threadId"]
        editor.request("continue", threadId=stopped)
        assert answer.result().text == "12"
    running.press_ctrl_c()
    assert running.end() == 0


def test_an_editor_attaches_again_after_a_save(run: Callable[..., Run], tmp_path: Path) -> None:
    port, script = free_port(), tmp_path / "script.py"
    running = run(SCRIPT, "--reload", "--debug", port)
    running.output.wait_for("^Waiting for a debugger", 60)
    with Editor(port, script, RESULT) as editor:
        assert running.url
        save(script, SCRIPT.replace("2 * number", "3 * number"))
        editor.wait_for("terminated")
    wait_for(lambda: running.shown.count("Waiting for a debugger") == 2, "the next start")
    with Editor(port, script, RESULT) as editor, ThreadPoolExecutor() as pool:
        wait_for(lambda: running.shown.count("Stop  Ctrl-C") == 2, "the next start")
        answer = pool.submit(requests.get, running.url + "/double?number=6", timeout=120)
        stopped = editor.wait_for("stopped")["threadId"]
        assert editor.where(stopped)[1]["number"] == "6"
        editor.request("continue", threadId=stopped)
        assert answer.result().text == "18"
    running.press_ctrl_c()
    assert running.end() == 0


@pytest.mark.chroot
def test_an_editor_stops_in_the_newest_python(
    orthanc: Servers, chroot: Callable[[str], Chroot]
) -> None:
    sid = chroot("sid")
    environment = pythons.environment_in(sid, "3.14", "debugpy")
    port, http = free_port(), free_port()
    script = Path(tempfile.mkdtemp(dir=sid.path("/tmp")), "script.py")
    script.write_text(SCRIPT, encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        starting = pool.submit(
            orthanc,
            script,
            debian="sid",
            http_port=http,
            config={"Python": {"VirtualEnv": environment}},
            env={"ORTHANC_PYTHON_DEBUG": str(port)},
        )
        seen = Path("/") / script.relative_to(sid.root)

        def attach() -> Editor | None:
            assert not starting.done(), starting.result().log
            try:
                return Editor(port, seen, RESULT, CHANGE, AT_IMPORT)
            except ConnectionRefusedError:  # debugpy does not listen yet
                return None

        attached = wait_for(attach, "debugpy listens")
        assert attached is not None
        with attached as editor:
            check_breakpoints(editor, lambda: starting.result().url)
    shutil.rmtree(script.parent)


def test_ctrl_c_ends_the_wait_for_an_editor(run: Callable[..., Run]) -> None:
    running = run(HELLO, "--debug", free_port())
    running.output.wait_for("^Waiting for a debugger", 60)
    running.press_ctrl_c()
    assert running.end() == 255


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--debug", "script.py"], "'script.py' is not a port number: write --debug after"),
        (["script.py", "--debug", "70000"], "70000 is not a port number .*from 1 to 65535"),
    ],
)
def test_a_wrong_port_is_refused(
    command: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "script.py").touch()
    done = command("run", *arguments)
    assert done.returncode == 2
    assert re.search(message, done.stderr)


def test_a_port_in_use_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "script.py").touch()
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("run", "script.py", "--debug", str(port))
    assert done.returncode == 2
    assert f"The port {port} of the debugger is in use; choose another one" in done.stderr


def test_debugpy_that_is_missing_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "script.py").touch()
    pythons.make_environment(Path(sys.executable), tmp_path / "venv")
    config = tmp_path / "orthanc.json"
    config.write_text(json.dumps({"Python": {"VirtualEnv": str(tmp_path / "venv")}}))
    # without the packages beside ours, which may have debugpy
    package = Path(orthanc_python.__file__).parent
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / package.name).symlink_to(package)
    path = str(tmp_path / "lib")
    port = str(free_port())
    done = command("run", "script.py", "--debug", port, "--config", config, PYTHONPATH=path)
    assert done.returncode == 2
    assert '/venv/bin/python: pip install "orthanc-python[dev]"' in done.stderr

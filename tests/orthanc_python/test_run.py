# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run`: scripts, --config, --storage, and mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from orthanc_python.server import free_port

from .conftest import Command
from .running import HELLO, Run


def test_several_scripts_run_together(run: Callable[..., Run], tmp_path: Path) -> None:
    text = "import orthanc\northanc.route('/more')(lambda request: 'more')"
    (tmp_path / "more.py").write_text(text)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "script.py").write_text("import orthanc\n")
    running = run(HELLO, more=["more.py", "other/script.py", "more.py"])
    assert requests.get(running.url + "/more", timeout=60).text == "more"
    assert requests.get(running.url + "/hello", timeout=60).status_code == 200
    running.press_ctrl_c()
    assert running.end() == 0
    title = f"Orthanc runs {tmp_path.name}/script.py, more.py, other/script.py."
    assert title in running.output.text.splitlines()


def test_the_scripts_of_a_folder_run(run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    for name in ("one", "two", "_helper"):
        text = f"import orthanc\northanc.route('/{name}')(lambda request: '{name}')"
        (tmp_path / "routes" / f"{name}.py").write_text(text)
    running = run(HELLO, more=["routes/"])
    assert requests.get(running.url + "/one", timeout=60).text == "one"
    assert requests.get(running.url + "/two", timeout=60).text == "two"
    assert requests.get(running.url + "/_helper", timeout=60).status_code == 404
    running.press_ctrl_c()
    assert running.end() == 0
    assert re.search(r"^Orthanc runs script.py, routes\.$", running.output.text, re.MULTILINE)


def test_options_take_precedence_over_the_configuration(
    run: Callable[..., Run], tmp_path: Path
) -> None:
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
    assert requests.get(running.url + "/hello", timeout=60).text == "hello"
    assert requests.get(running.url + "/system", timeout=60).json()["Name"] == "from the file"
    running.press_ctrl_c()
    assert running.end() == 0
    assert re.search("^I", running.output.text, re.MULTILINE)
    assert (tmp_path / "etc" / "data" / "index").is_file()
    assert "deleted at the end" not in running.output.text


def test_the_storage_folder_is_kept(run: Callable[..., Run], tmp_path: Path) -> None:
    running = run(HELLO, "--storage", "kept")
    assert running.url
    running.press_ctrl_c()
    assert running.end() == 0
    assert (tmp_path / "kept" / "index").is_file()


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
        (["folder.py"], "The folder .*/folder.py has no .py file"),
        ([""], "the name of a script is empty"),
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


def test_characters_that_the_terminal_lacks_are_escaped(
    command: Command, tmp_path: Path, orthanc_executable: Path
) -> None:
    (tmp_path / "é.py").write_text("raise RuntimeError('é')", encoding="utf-8")
    given = ("é.py", "--orthanc", orthanc_executable, "--http-port", str(free_port()))
    result = command("run", *given, PYTHONIOENCODING="ascii")
    assert result.returncode == 255
    assert "RuntimeError: \\xe9" in result.stdout
    assert result.stderr == ""


def test_a_cache_that_cannot_be_used_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(HELLO, encoding="utf-8")
    (tmp_path / "file").touch()
    cache = str(tmp_path / "file" / "cache")
    result = command("run", "script.py", "--orthanc", "9.9.9", ORTHANC_PYTHON_CACHE=cache)
    assert result.returncode == 2
    assert f"ORTHANC_PYTHON_CACHE names the folder {cache}" in result.stderr
    assert "Traceback" not in result.stderr


def test_run_shows_the_status_page_unless_the_configuration_turns_it_off(
    run: Callable[..., Run], tmp_path: Path
) -> None:
    running = run(HELLO)
    page = running.output.wait_for(r"Page  (http://.*/python/) \(", 60)[1]
    assert "Reload the scripts" in requests.get(page, timeout=60).text
    config = tmp_path / "off.json"
    config.write_text('{"Python": {"StatusPage": false}}', encoding="utf-8")
    running = run(HELLO, "--config", config)
    assert requests.get(running.url + "/python/", timeout=60).status_code == 404
    running.output.wait_for("Stop  Ctrl-C", 60)
    assert "Page  " not in running.output.text

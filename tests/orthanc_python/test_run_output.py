# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first screen of `orthanc-python run` shows the lines of the script, and all problems."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.routine_messages import is_routine
from tests.support.servers import OLDEST_TO_NEWEST, Servers, version

from .running import Run

TALKATIVE = """
import logging
import orthanc

print("printed")
orthanc.LogWarning("a warning")
orthanc.LogWarning("Storage directory: of the script")
logging.getLogger("x").error("an error of logging")
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: None)

def on_change(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STARTED:
        raise ValueError("on purpose")

orthanc.RegisterOnChangeCallback(on_change)
"""
OWN = ["printed", "a warning", "Storage directory: of the script", "an error of logging"]
# A machine may be so slow that the stop of Orthanc takes five seconds
SLOW_STOP = re.compile("Orthanc has been stopping for|No thread of the script still runs")


def without_date(line: str) -> str:
    return line.rpartition("] ")[2].partition("script.py:8: ")[2] or line.rpartition("] ")[2]


def test_the_first_screen_has_the_lines_of_the_script(run: Callable[..., Run]) -> None:
    running = run(TALKATIVE)
    assert running.url
    running.output.wait_for("^ValueError: on purpose", 60)
    running.output.wait_for("^  Stop  Ctrl-C", 60)
    running.press_ctrl_c()
    assert running.end() == 0
    lines = running.output.text.splitlines()
    assert [without_date(line) for line in lines[: len(OWN)]] == OWN
    warnings = [line for line in lines if re.match(r"W\d{4} ", line) and not SLOW_STOP.search(line)]
    assert [without_date(line) for line in warnings] == [*OWN[1:3], "Orthanc has stopped"]
    assert "  Log   without the routine messages of Orthanc (--verbose shows all)" in lines


def test_the_first_screen_has_the_addresses_to_try(run: Callable[..., Run]) -> None:
    running = run("""
import orthanc

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]

orthanc.mount("/my-portal", application)
orthanc.route("/studies/([^/]+)/report")(print)
orthanc.route("/reports")(print)
""")
    running.output.wait_for("^  Stop  Ctrl-C", 60)
    tries = re.findall(r"^  Try   curl (.*)", running.output.text, re.MULTILINE)
    assert tries == [f"{running.url}/my-portal/", f"{running.url}/reports"]
    running.press_ctrl_c()
    assert running.end() == 0


@pytest.mark.parametrize("where", OLDEST_TO_NEWEST)
def test_an_orthanc_without_problems_has_only_routine_messages(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(TALKATIVE.replace("raise ValueError", "print"), debian=where)
    assert version(server)
    server.stop()
    shown = [
        line
        for line in server.log.splitlines()
        if not is_routine(line) and not SLOW_STOP.search(line)
    ]
    assert [without_date(line) for line in shown] == [*OWN, "on purpose", "Orthanc has stopped"]


@pytest.mark.parametrize("options", [["--verbose"], ["--", "--verbose-http"]])
def test_verbose_shows_all(run: Callable[..., Run], options: list[str]) -> None:
    running = run(TALKATIVE, *options)
    assert running.url
    running.press_ctrl_c()
    assert running.end() == 0
    assert "] Orthanc version: " in running.output.text
    assert re.search(r"^I\d{4} ", running.output.text, re.MULTILINE)
    assert "without the routine messages" not in running.output.text


def test_a_failed_start_shows_each_error_once(run: Callable[..., Run]) -> None:
    running = run("print('printed')\nraise RuntimeError('on purpose')")
    assert running.end() == 255
    text = running.output.text
    assert "Orthanc version: " not in text
    errors, title, end = text.partition(
        "\nOrthanc did not start: see the errors above (--verbose shows all of the log).\n"
    )
    assert title and "`orthanc-python doctor`" in end
    assert errors.count("printed\n") == 1
    assert errors.count("Traceback (most recent call last):\n  File ") == 1
    assert errors.count("\nRuntimeError: on purpose\n") == 1


def test_a_failed_start_without_an_error_shows_the_last_lines(
    run: Callable[..., Run], tmp_path: Path
) -> None:
    program = tmp_path / "Orthanc"
    program.write_text(
        "#!/bin/sh\nif [ $1 = --version ]; then echo Orthanc 1.13.0; else echo bye; exit 3; fi\n"
    )
    program.chmod(0o755)
    running = run(TALKATIVE, "--orthanc", program)
    assert running.end() == 3
    assert running.output.text.endswith(
        "\nOrthanc did not start. It logged no error, but:\n  bye\n"
    )

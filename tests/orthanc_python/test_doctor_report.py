# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of the doctor for a terminal, a browser and a program."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orthanc_python.doctor.page import as_html
from orthanc_python.doctor.report import Report

from .conftest import Command

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "doctor.md"
HOSTILE = "</pre><script>alert('é')</script>&amp;"


@pytest.fixture
def report() -> Report:
    report = Report(facts={"plugin": HOSTILE}, log=HOSTILE, configuration={"Python": HOSTILE})
    report.check("library", True, "found")
    report.warn("access", HOSTILE, HOSTILE)
    report.check(HOSTILE, False, HOSTILE, HOSTILE)
    report.passed_over = [{"source": HOSTILE, "path": HOSTILE, "reason": HOSTILE}]
    return report


class Reader(HTMLParser):
    """Collects the tags and the text, and checks that each tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_escapes_all_texts(report: Report) -> None:
    page = as_html(report)
    reader = Reader(page)
    assert "script" not in reader.tags
    # a fact, the log, the configuration, 2 of the warning, 3 of the problem, 3 of the Python
    assert reader.text.count(HOSTILE) == 11
    assert "Problems found: 1." in reader.text


def test_the_page_needs_no_other_file_and_follows_the_theme(report: Report) -> None:
    page = as_html(report)
    assert re.search(r"https?:|src=|href=|url\(", page) is None
    assert "color-scheme: light dark" in page
    assert "default-src 'none'" in page


def test_the_page_fits_the_screen_of_a_telephone(browser: Browser, tmp_path: Path) -> None:
    report = Report()
    report.check("same Python as this command", True, "/opt/orthanc-python/bin/python3" * 5)
    file = tmp_path / "report.html"
    file.write_text(as_html(report), encoding="utf-8")
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_the_page_is_written_beside_the_report(
    command: Command, tmp_path: Path, orthanc_executable: Path
) -> None:
    done = command("doctor", "--orthanc", orthanc_executable, "--html", "report.html", "--json")
    assert done.returncode == 0, done.stdout
    found = Reader((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "No problems found." in found
    assert json.loads(done.stdout)["facts"]["prefix"] in found


def test_a_page_that_cannot_be_written_is_named(command: Command) -> None:
    done = command("doctor", "--orthanc", "/missing", "--html", "missing/report.html")
    assert done.returncode == 2
    assert "missing/report.html: No such file or directory" in done.stderr


def test_only_the_terminal_has_colors(report: Report) -> None:
    colored = report.as_text(colored=True)
    assert "\033[32mok  \033[0m  library: found" in colored
    assert re.sub(r"\033\[[\d;]*m", "", colored) == report.as_text()


def read_all(keyboard: int) -> str:
    """All that a terminal has shown; its parts may arrive one after the other."""
    data = b""
    with contextlib.suppress(OSError):  # EIO: no process has the terminal open
        while part := os.read(keyboard, 65536):
            data += part
    return data.decode()


@pytest.mark.parametrize(
    ("variables", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_a_terminal_shows_colors_unless_it_must_not(
    with_plugin: dict[str, str], variables: dict[str, str], colored: bool
) -> None:
    keyboard, end = pty.openpty()
    environment = {**with_plugin, "TERM": "xterm", **variables}
    command = [sys.executable, "-m", "orthanc_python", "doctor", "--orthanc", "/missing"]
    done = subprocess.run(command, env=environment, stdout=end, timeout=120, check=False)
    os.close(end)
    shown = read_all(keyboard)
    os.close(keyboard)
    assert done.returncode == 1
    assert ("\033[1;31mFAIL\033[0m  Orthanc: " in shown) is colored
    assert "FAIL" in shown


def test_the_keys_of_the_json_are_documented(command: Command, orthanc_executable: Path) -> None:
    report = json.loads(command("doctor", "--orthanc", orthanc_executable, "--json").stdout)
    keys = [*report, *(f"checks[].{key}" for key in report["checks"][0])]
    keys += [f"facts.{key}" for key in report["facts"]]
    documented = re.findall(r"^\| `([\w.\[\]]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(keys) == sorted(documented)

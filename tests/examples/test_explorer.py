# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The example that extends Orthanc Explorer, seen through a real browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.machine_packages import install_on_host

from .conftest import Example, upload

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> str:
    """The Chromium of this machine; Debian's is installed if it is missing."""

    def find() -> str | None:
        return next(filter(None, map(shutil.which, BROWSERS)), None)

    if find() is None:
        install_on_host("chromium")
    found = find()
    assert found is not None
    return found


def page(browser: str, server: Orthanc, path: str, profile: Path) -> str:
    """The page after its JavaScript has run."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    # Virtual time advances only while nothing is loading: at its end the page is complete.
    command = [browser, *options, "--virtual-time-budget=30000", "--dump-dom", server.url + path]
    return subprocess.run(
        command, stdout=subprocess.PIPE, encoding="utf-8", check=True, timeout=120
    ).stdout


def test_explorer_button(example: Example, browser: str, tmp_path: Path) -> None:
    server = example("explorer_button.py")
    study = upload(server)["ParentStudy"]
    html = page(browser, server, f"/app/explorer.html#study?uuid={study}", tmp_path)
    start = html.index('<a id="count-instances-button"')
    assert "Count the instances" in html[start : html.index("</a>", start)]

    answer = server.get(f"/studies/{study}/count-instances")
    assert answer.json() == {"instances": 1, "series": 1}

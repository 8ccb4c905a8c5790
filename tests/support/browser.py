# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Chromium of this machine, driven by Playwright; Debian's is installed if it is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from .machine_packages import program

_NAMES = ("google-chrome", "google-chrome-stable", "chromium-browser", "chromium")


def executable() -> str:
    """The path of the browser."""
    # Ubuntu's chromium-browser is a stub that asks for snap: Chrome comes first.
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return found or str(program("chromium", "chromium"))


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """A headless browser. Its contexts do not share cookies: `browser.new_context()`.

    Close it before a test uses asyncio: Playwright runs an event loop in this thread.
    """
    with sync_playwright() as playwright:
        options = ["--no-sandbox"]  # root has no sandbox
        browser = playwright.chromium.launch(executable_path=executable(), args=options)
        try:
            yield browser
        finally:
            browser.close()


def accessibility_findings(page: Page) -> list[str]:
    """The rules of axe-core that the page breaks, each with the elements concerned."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']} ({node['failureSummary']})"
        for rule in violations
        for node in rule["nodes"]
    ]

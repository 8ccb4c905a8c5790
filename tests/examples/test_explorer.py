# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The example that extends Orthanc Explorer, seen through a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import Example, upload

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_explorer_button(example: Example, browser: Browser) -> None:
    server = example("explorer_button.py")
    study = upload(server)["ParentStudy"]
    page = browser.new_page()
    page.set_default_timeout(60_000)  # milliseconds
    page.goto(f"{server.url}/app/explorer.html#study?uuid={study}")
    page.locator("#count-instances-button", has_text="Count the instances").wait_for()

    answer = server.get(f"/studies/{study}/count-instances")
    assert answer.json() == {"instances": 1, "series": 1}

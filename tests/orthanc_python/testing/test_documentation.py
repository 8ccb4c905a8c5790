# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tests in the how-to guides pass."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import RunPytest

FOLDER = Path(__file__).parents[3] / "docs" / "how-to"


def blocks(page: str) -> list[str]:
    """The Python code of a page."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.S)


def test_the_example_of_the_page_passes(run_pytest: RunPytest) -> None:
    script, test, sharing, _ = blocks("testing.md")
    use = "\ndef test_shared(server):\n    assert server.get('/patients').json() == []\n"
    files = {"routing.py": script, "test_routing.py": test, "test_shared.py": sharing + use}
    done = run_pytest(files)
    assert re.search(r"\b2 passed in", done.stdout), done.stdout


def test_the_test_of_an_anonymization_passes(run_pytest: RunPytest) -> None:
    script, test = blocks("anonymizing.md")
    key = "import os\n\nos.environ['PSEUDONYM_KEY'] = 'secret'\n"
    done = run_pytest({"anonymize.py": script, "test_anonymize.py": test, "conftest.py": key})
    assert re.search(r"\b1 passed in", done.stdout), done.stdout


def test_the_test_of_retries_passes(run_pytest: RunPytest) -> None:
    script, _, test = blocks("retries.md")
    script = script.replace('"archive"', '"modality"').replace("delay=30", "delay=1")
    done = run_pytest({"routing.py": script, "test_routing.py": test})
    assert re.search(r"\b1 passed in", done.stdout), done.stdout

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The example of docs/how-to/testing.md passes."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import RunPytest

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "testing.md"


def test_the_example_of_the_page_passes(run_pytest: RunPytest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    script, test, sharing, _ = re.findall(r"```python\n(.*?)```", text, re.S)
    use = "\ndef test_shared(server):\n    assert server.get('/patients').json() == []\n"
    files = {"routing.py": script, "test_routing.py": test, "test_shared.py": sharing + use}
    done = run_pytest(files)
    assert re.search(r"\b2 passed in", done.stdout), done.stdout

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each link in the pages has a target, and each page can be reached from README.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")  # within the project


def linked(page: Path) -> set[Path]:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


def test_the_tests_of_upstream_bugs_exist() -> None:
    page = (ROOT / "docs" / "upstream-bugs.md").read_text(encoding="utf-8")
    named = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", page)
    assert len(named) >= 40
    for test, path in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {test}(" in source or Path(path).stem == test, f"{path} has no {test}"


def test_each_page_can_be_reached() -> None:
    reached: set[Path] = set()
    coming = {ROOT / "README.md"}
    while coming:
        page = coming.pop()
        reached.add(page)
        targets = linked(page)
        assert not [f"{page}: {target}" for target in targets if not target.exists()]
        coming |= {target for target in targets if target.suffix == ".md"} - reached
    assert sorted(set((ROOT / "docs").rglob("*.md")) - reached) == []

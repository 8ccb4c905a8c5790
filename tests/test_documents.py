# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages hang together: each link leads somewhere, each page can be reached from README.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")  # within the project


def linked(page: Path) -> set[Path]:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


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

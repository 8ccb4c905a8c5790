# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The code blocks of the pages.

A comment above a block says how the tests treat it:

<!-- not run: REASON -->  no test runs it
<!-- file: NAME -->       a file that the reader saves (in a tutorial)
<!-- output -->           the output of the commands above; "…" stands for any text (in a tutorial)
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(?:<!-- (?P<kind>not run|file|output)(?:: (?P<value>[^>]+))? -->\s*)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str
    kind: str  # of the comment above it; "" without one
    value: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path, language: str | None = None) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = [
        Block(
            page.relative_to(ROOT).as_posix(),
            text.count("\n", 0, match.start("indent")) + 1,
            match["language"],
            textwrap.dedent(match["text"]),
            match["kind"] or "",
            match["value"] or "",
        )
        for match in BLOCK.finditer(text)
    ]
    return [block for block in found if language is None or block.language == language]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Markdown for the reference pages: blocks, tables, and links between names of the module."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CODE = re.compile(r"`([A-Za-z][\w.]*)(\(\))?`(?!\])")


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def table(titles: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield "| " + " | ".join(titles) + " |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def blocks(*texts: str) -> Iterator[str]:
    for text in texts:
        if text:
            yield text
            yield ""


def code(text: str) -> str:
    return f"```python\n{text}\n```" if text else ""


def anchors(headings: Iterable[str]) -> dict[str, str]:
    """The anchors that GitHub and MyST give to the headings of a page, in their order."""
    counts: Counter[str] = Counter()
    found = {}
    for heading in headings:
        slug = re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
        found[heading] = f"{slug}-{counts[slug]}" if counts[slug] else slug
        counts[slug] += 1
    return found


@dataclass
class Links:
    """Leads from each name of the module to its place in the pages."""

    places: Mapping[str, tuple[str, str]]  # name -> page without .md, anchor
    page: str = ""  # the page that is being written
    linked: set[str] = field(default_factory=set)  # once per section is enough

    def to(self, path: str) -> str:
        """The address of a name; empty if there is none."""
        if path not in self.places:
            return ""
        page, anchor = self.places[path]
        return f"#{anchor}" if page == self.page else f"{page}.md#{anchor}"

    def name(self, path: str) -> str:
        return f"[`{path}`]({self.to(path)})" if self.to(path) else f"`{path}`"

    def begin(self, path: str) -> None:
        """Begin the section of a name, which does not link to itself."""
        self.linked = {path}

    def text(self, text: str) -> str:
        """Prose in which the first mention of each name is a link."""
        # An indented line or a fence is code.
        pieces = re.split(r"(```.*?```|(?m:^    .*$)|\[[^\]]*\]\([^)]*\))", text, flags=re.DOTALL)
        return "".join(
            piece if index % 2 else CODE.sub(self._mention, piece)
            for index, piece in enumerate(pieces)
        )

    def _mention(self, match: re.Match[str]) -> str:
        path = match[1][len("orthanc.") :] if match[1].startswith("orthanc.") else match[1]
        target = path if path in self.places else path.rpartition(".")[0]  # of an enumerator
        if target not in self.places or target in self.linked:
            return match[0]
        self.linked.add(target)
        return f"[{match[0]}]({self.to(target)})"

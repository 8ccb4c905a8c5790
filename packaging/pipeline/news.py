# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Release notes from the fragments in news/: <topic>.<feature|fix|change>.md."""

from __future__ import annotations

from pathlib import Path

from . import project

FOLDER = project.ROOT / "news"
_HEADINGS = {"feature": "New", "change": "Changed", "fix": "Fixed"}


def notes(version: str, date: str, table: str, folder: Path = FOLDER) -> str:
    """The text that accompanies a release."""
    sections: dict[str, list[str]] = {kind: [] for kind in _HEADINGS}
    for path in sorted(folder.glob("*.md")):
        parts = path.name.split(".")
        if len(parts) != 3 or parts[1] not in _HEADINGS:
            kinds = "|".join(_HEADINGS)
            raise ValueError(f"news/{path.name} is not named <topic>.<{kinds}>.md")
        sections[parts[1]].append(" ".join(path.read_text(encoding="utf-8").split()))
    lines = [f"# {version} ({date})", ""]
    for kind, heading in _HEADINGS.items():
        if sections[kind]:
            lines += [f"## {heading}", "", *(f"* {text}" for text in sections[kind]), ""]
    return "\n".join([*lines, "## Which file fits", "", table, ""])

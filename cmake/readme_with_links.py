# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""README.md for the package index, where an address relative to the repository leads nowhere.

scikit-build-core calls `dynamic_metadata` in the folder of the project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s]+)\)")


def dynamic_metadata(
    field: str, settings: Mapping[str, Any], project: Mapping[str, Any]
) -> dict[str, str]:
    """The field `readme`: links and pictures lead to the files of this version."""
    files = f"{project['urls']['Repository']}/blob/v{project['version']}/"
    text = Path("README.md").read_text(encoding="utf-8")

    def absolute(match: re.Match[str]) -> str:
        picture, label, target = match.groups()
        end = "?raw=true" if picture else ""  # the picture, not its page
        return f"{picture}[{label}]({files}{target}{end})"

    return {"content-type": "text/markdown", "text": _RELATIVE.sub(absolute, text)}

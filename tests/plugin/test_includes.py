# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folders of src/plugin include each other as docs/explanation/architecture.md says."""

from __future__ import annotations

import re
from pathlib import Path

PLUGIN = Path(__file__).parents[2] / "src" / "plugin"
INCLUDE = re.compile(r'^#include "(?:(\w+)/)?([\w.]+)"', re.MULTILINE)
BELOW = {
    "platform": set(),
    "discovery": {"platform"},
    "interpreter": {"discovery", "platform"},
    "host": {"platform", "generated"},
    "binding": {"host", "interpreter", "generated"},
    "functions": {"binding", "host", "interpreter", "generated"},
    "callbacks": {"binding", "host", "interpreter", "platform", "generated"},
}


def test_no_folder_includes_a_folder_above_it() -> None:
    assert {path.name for path in PLUGIN.iterdir() if path.is_dir()} == BELOW.keys()
    wrong = [
        f"{path.relative_to(PLUGIN)}: {target}/{name}"
        for folder, below in BELOW.items()
        for path in (PLUGIN / folder).iterdir()
        for target, name in INCLUDE.findall(path.read_text(encoding="utf-8"))
        if target and target not in {folder, *below}
    ]
    assert wrong == []


def test_a_source_includes_its_own_header() -> None:
    for source in PLUGIN.rglob("*.cpp"):
        header = source.with_name(re.sub(r"(_unix|_windows|_macos)?\.cpp$", ".hpp", source.name))
        if header.exists():
            include = f'#include "{header.relative_to(PLUGIN).as_posix()}"'
            assert include in source.read_text(encoding="utf-8"), source


def test_no_two_folders_have_a_header_of_the_same_name() -> None:
    names = [path.name for path in PLUGIN.rglob("*.hpp")]
    assert sorted(names) == sorted(set(names))

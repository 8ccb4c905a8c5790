# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Links have targets, pages can be reached from README.md, and facts agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")  # within the project


def linked(page: Path) -> set[Path]:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


def test_the_tests_of_upstream_bugs_exist() -> None:
    page = (ROOT / "docs" / "contributing" / "upstream-bugs.md").read_text(encoding="utf-8")
    named = re.findall(r"\[(test_\w+)\]\(\.\./\.\./(tests/[\w/]+\.py)\)", page)
    assert len(named) >= 40
    for test, path in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {test}(" in source or Path(path).stem == test, f"{path} has no {test}"


def test_each_page_can_be_reached() -> None:
    reached: set[Path] = set()
    coming = {ROOT / "README.md", ROOT / "docs" / "index.md"}
    while coming:
        page = coming.pop()
        reached.add(page)
        targets = linked(page)
        assert not [f"{page}: {target}" for target in targets if not target.exists()]
        coming |= {target for target in targets if target.suffix == ".md"} - reached
    assert sorted(set((ROOT / "docs").rglob("*.md")) - reached) == []


def test_the_oldest_orthanc_is_the_same_everywhere() -> None:
    places = {
        "README.md": r"every Orthanc\*\*, ([\d.]+) or later",
        "docs/reference/differences.md": r"\| ([\d.]+) or later; the module leaves out",
        "docs/how-to/install-linux.md": r"needs Orthanc ([\d.]+) or later",
        "docs/how-to/install-macos.md": r"Orthanc ([\d.]+) or later",
        "docs/how-to/install-windows.md": r"needs Orthanc ([\d.]+) or\s+later",
        "examples/README.md": r"empty cells stand for ([\d.]+)\.",
        "packaging/debian/control": r"orthanc \(>= ([\d.]+)\)",
        "src/orthanc_python/doctor/__init__.py": r"_OLDEST_ORTHANC = \(([\d, ]+)\)",
        "src/sdk/generator/documentation.py": r"COMMON_VERSION: Version = \(([\d, ]+)\)",
    }
    found = {
        name: [value.replace(", ", ".") for value in re.findall(pattern, _text(name))]
        for name, pattern in places.items()
    }
    assert found == {name: ["1.9.1"] for name in places}


def test_messages_lead_to_the_page_of_remedies() -> None:
    page = "how-to/troubleshooting"
    assert (ROOT / "docs" / f"{page}.md").is_file()
    (site,) = re.findall(r'^Documentation = "(.+)"$', _text("pyproject.toml"), re.MULTILINE)
    assert f'"{site}stable/{page}.html"' in _text("src/orthanc_python/doctor/report.py")
    assert f"stable/{page}.html" in _text("CMakeLists.txt")


def test_each_option_is_documented() -> None:
    settings = _text("src/plugin/host/settings.cpp")
    read = re.findall(r"python\.(?:boolean|choice|list|seconds|text)\(\"(\w+)\"", settings)
    assert {"Executable", "Output", "Scripts", "StopTimeout"} <= set(read)
    page = _text("docs/reference/options.md")
    assert [name for name in read if f"`Python.{name}`" not in page and name != "Path"] == []


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")

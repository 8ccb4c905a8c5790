# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documentation site is complete, and a fault in a page is an error."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .conftest import ROOT, build

pytestmark = pytest.mark.xdist_group("site")


class Loaded(HTMLParser):
    """The addresses that a browser loads with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        loads = values.get("rel") in ("stylesheet", "preload", "icon", "search", "modulepreload")
        if tag == "link" and loads:
            self.addresses.append(values.get("href") or "")
        elif tag in ("script", "img", "iframe", "source", "object"):
            self.addresses.append(values.get("src") or values.get("data") or "")


def loaded(page: Path) -> list[str]:
    parser = Loaded()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.addresses


def test_each_page_is_in_the_site(site: Path) -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert [str(page) for page in pages if not (site / page.with_suffix(".html")).exists()] == []


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert any(loaded(page) for page in pages)
    assert [(page.name, at) for page in pages for at in loaded(page) if ":" in at] == []
    styles = (site / "_static").rglob("*.css")
    outside = re.compile(r"@import\s+url\(['\"]?https?:|url\(['\"]?https?:")
    assert [str(style) for style in styles if outside.search(style.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.svg")), ids=lambda path: path.name)
def test_a_picture_has_a_title(path: Path) -> None:
    picture = ElementTree.parse(path).getroot()
    found = {element.tag.rpartition("}")[2]: element.text for element in picture}
    assert found.get("title")
    assert picture.get("role") == "img"


def test_the_tutorial_has_no_empty_list_of_pages_beside_it(site: Path) -> None:
    assert "Section Navigation" not in (site / "tutorial.html").read_text(encoding="utf-8")
    assert "Section Navigation" in (site / "how-to" / "jobs.html").read_text(encoding="utf-8")


def test_each_page_has_the_styles_of_this_site(site: Path) -> None:
    pages = [site / "index.html", site / "explanation" / "architecture.html"]
    assert all(any("site.css" in at for at in loaded(page)) for page in pages)


def test_the_site_lists_the_examples(site: Path) -> None:
    text = (site / "examples.html").read_text(encoding="utf-8")
    assert "/blob/main/examples/worklist_sqlite.py" in text


def test_links_to_files_outside_of_the_pages_lead_to_the_repository(site: Path) -> None:
    text = (site / "contributing" / "index.html").read_text(encoding="utf-8")
    assert 'href="https://github.com/orthanc-python/orthanc-python/blob/main/CONTRIBUTING.md"' in (
        text
    )


def one_page(folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Build a site of one page with the settings of this one."""
    (folder / "docs").mkdir()
    for name in ("docs/conf.py", "docs/search_scorer.js", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "docs" / "_static", folder / "docs" / "_static")
    (folder / "docs" / "index.md").write_text(f"# Pages\n\n{text}\n")
    return build(folder / "docs", folder / "html", **variables)


def test_a_published_site_has_a_switcher_of_versions(tmp_path: Path) -> None:
    text = "[License](../pyproject.toml)"
    done = one_page(tmp_path, text, DOCS_VERSION="8.0", DOCS_COMMIT="v8.0.0")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert "theme_switcher_version_match = '8.0'" in page
    assert "/switcher.json" in page
    assert "/blob/v8.0.0/pyproject.toml" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gone](gone.md)", "target not found: 'gone.md'"),
        ("[gone](index.md#gone)", "local id not found in doc 'index': 'gone'"),
        ("```{nothing}\n```", "Unknown directive type"),
    ],
)
def test_a_fault_in_a_page_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    done = one_page(tmp_path, text)
    assert done.returncode == 1
    assert message in done.stderr

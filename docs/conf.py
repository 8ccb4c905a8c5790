# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of Sphinx, which makes the site of these pages: `python3 noxfile.py -s docs`.

The pages are plain Markdown, so that GitHub shows them as well. Three changes adapt them while
Sphinx reads them: the links of an index become its table of contents, links to files outside of
this folder lead to the repository, and the list of examples takes the place of its page.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
METADATA = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = METADATA["urls"]["Repository"]
SITE = METADATA["urls"]["Documentation"]

# .github/workflows/docs.yml sets both: "dev" and "main", or "8.0" and "v8.0.0".
published = os.environ.get("DOCS_VERSION", "")
commit = os.environ.get("DOCS_COMMIT", "main")

project = "Orthanc Python plugin"
author = copyright = "The Orthanc Python plugin authors"
version = release = published or METADATA["version"]

extensions = ["myst_parser"]
nitpicky = True
myst_heading_anchors = 4  # the anchors of GitHub
highlight_language = "text"
exclude_patterns = ["_*"]
linkcheck_retries = 3  # a request that a busy server refuses does not show a broken link
linkcheck_timeout = 30

# This theme has a switcher of versions, needs no other host, and its authors publish often.
html_theme = "pydata_sphinx_theme"
html_title = project
html_baseurl = f"{SITE}stable/"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "search_scorer.js")
html_sidebars: dict[str, list[str]] = {"tutorial": [], "examples": []}  # no pages below them
html_theme_options: dict[str, Any] = {
    "icon_links": [{"name": "GitHub", "url": REPOSITORY, "icon": "fa-brands fa-github"}],
    "show_prev_next": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
}
if published:
    html_theme_options["switcher"] = {
        "json_url": f"{SITE}switcher.json",
        "version_match": published,
    }
    html_theme_options["check_switcher"] = False  # the file comes with this build
    html_theme_options["navbar_end"] = ["version-switcher", "theme-switcher", "navbar-icon-links"]

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
PAGE = re.compile(r"\]\((?!\.\./|https?:)([^)#\s]+)\.md\)")
OUTSIDE = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def contents(text: str) -> str:
    """Tables of contents from the links of an index: one for each of its headings."""
    parts = HEADING.split(text)
    captioned = [("", parts[0]), *zip(parts[1::2], parts[2::2])]
    tables = []
    for caption, part in captioned:
        pages = "\n".join(dict.fromkeys(PAGE.findall(part)))
        if pages:
            option = f":caption: {caption}\n" if caption else ""
            tables.append(f"```{{toctree}}\n:hidden:\n{option}\n{pages}\n```\n")
    return "\n".join(tables)


def with_links(text: str, folder: Path) -> str:
    """The text of a page in `folder`; links to files outside of docs/ lead to the repository."""

    def link(match: re.Match[str]) -> str:
        target = (folder / match[1]).resolve()
        if HERE in target.parents or not target.exists():
            return match[0]
        kind = "tree" if target.is_dir() else "blob"
        place = target.relative_to(HERE.parent).as_posix()
        return f"]({REPOSITORY}/{kind}/{commit}/{place}{match[2] or ''})"

    return OUTSIDE.sub(link, text)


def adapt(_app: object, name: str, source: list[str]) -> None:
    """Sphinx calls this function with each page that it reads."""
    if name == "examples":  # so that the search of the site finds the examples
        examples = HERE.parent / "examples"
        source[0] = with_links((examples / "README.md").read_text(encoding="utf-8"), examples)
        return
    text = with_links(source[0], (HERE / name).parent)
    if Path(name).name in ("index", "README"):
        text += "\n" + contents(source[0])
    source[0] = text


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this function first."""
    app.connect("source-read", adapt)
    return {"parallel_read_safe": True}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The search of the site: Sphinx's own scripts, in V8 without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from py_mini_racer import MiniRacer

# The scripts expect a browser: the search itself uses nothing of it but these names.
BROWSER = """
var window = globalThis;
var localStorage = {setItem() {}};
var element = {replaceChildren() {}, lastChild: null};
var document = {addEventListener() {}, getElementById: () => element};
var DOCUMENTATION_OPTIONS = {};
var SPHINX_HIGHLIGHT_ENABLED = false;
var _ready = () => {};
"""
SCRIPTS = ("base-stemmer.js", "english-stemmer.js", "language_data.js", "searchtools.js")
SEARCH = """
(words) => {
    const [query, terms, excluded, highlighted, objects] = Search._parseQuery(words);
    const found = Search._performSearch(query, terms, excluded, highlighted, objects);
    return JSON.stringify(found.reverse().map((result) => result[0]));
}
"""


@contextmanager
def search_of(site: Path) -> Iterator[Search]:
    """The search of a site. V8 must end before Python does: its threads can block the exit."""
    with MiniRacer() as engine:
        yield Search(engine, site)


class Search:
    """Answers as the page search.html does."""

    def __init__(self, engine: MiniRacer, site: Path) -> None:
        self._engine = engine
        self._engine.eval(BROWSER)
        for name in SCRIPTS:
            path = site / "_static" / name
            if path.exists():  # older versions of Sphinx have the stemmer in language_data.js
                self._engine.eval(path.read_text(encoding="utf-8"))
        self._engine.eval((site / "searchindex.js").read_text(encoding="utf-8"))

    def __call__(self, words: str) -> list[str]:
        """The pages of the results, best first; a page may have several results."""
        found: list[str] = json.loads(str(self._engine.eval(f"({SEARCH})({json.dumps(words)})")))
        return found

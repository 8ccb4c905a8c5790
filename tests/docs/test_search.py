# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The search answers questions of script authors and administrators within two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .search import Search, search_of

pytestmark = pytest.mark.xdist_group("site")

# The words that a reader types, and the pages that answer the question
SCRIPT_AUTHORS = {
    "add REST route": ["reference/routes", "how-to/scripts"],
    "anonymize received instances": ["how-to/anonymizing"],
    "numpy array of a series": ["how-to/pixels", "reference/images"],
    "test a script with pytest": ["how-to/testing", "tutorial"],
    "upload larger than memory": ["how-to/large-bodies"],
    "retry a job after a failure": ["how-to/retries", "how-to/jobs"],
    "auto-routing": ["how-to/retries"],
    "worker processes": ["how-to/processes", "reference/processes"],
    "worklist sqlite": ["examples"],
    "periodic task": ["examples", "how-to/async"],
    "modify tags on receipt": ["how-to/anonymizing"],
    "anonymize and forward": ["how-to/anonymizing"],
    "mypy": ["how-to/types"],
    "autocomplete": ["how-to/types"],
    "shared variables threads": ["how-to/scripts"],
    "unittest": ["how-to/testing"],
    "mock": ["how-to/testing"],
    "hot reload": ["how-to/scripts"],
    "pydantic": ["how-to/scripts"],
    "html form": ["how-to/scripts"],
    "slash at end of path": ["how-to/scripts"],
    "server-sent events": ["how-to/async"],
    "websocket": ["how-to/web-applications"],
    "httpx": ["how-to/async"],
    "call the database during its initialization": ["how-to/troubleshooting"],
}
ADMINISTRATORS = {
    "replace orthanc-python debian": ["how-to/upgrading"],
    "upgrade Debian": ["how-to/upgrading"],
    "exceptions of my script in browser": ["how-to/status-page"],
    "stop timeout docker": ["how-to/docker", "explanation/robustness"],
    "windows service": ["how-to/service-windows", "how-to/install-windows"],
    "prometheus metrics": ["how-to/metrics"],
    "print log": ["how-to/logging"],
    "authorization requests": ["reference/authorization"],
    "self-signed certificate": ["how-to/http"],
}


@pytest.fixture(scope="module")
def search(site: Path) -> Iterator[Search]:
    with search_of(site) as found:
        yield found


@pytest.mark.parametrize("words", [*SCRIPT_AUTHORS, *ADMINISTRATORS])
def test_an_answer_is_among_the_first_three_pages(search: Search, words: str) -> None:
    answers = {**SCRIPT_AUTHORS, **ADMINISTRATORS}[words]
    first = [*dict.fromkeys(search(words))][:3]
    assert set(first) & set(answers), first


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("RestApiGet", "reference/rest-api"),
        ("RegisterOnChangeCallback", "reference/events"),
        ("WorkerPool", "reference/processes"),
        ("ChangeType", "reference/enumerations"),
    ],
)
def test_a_name_of_the_module_leads_to_its_page(search: Search, name: str, page: str) -> None:
    assert search(name)[0] == page


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("orthanc does not start", "how-to/troubleshooting"),
        ("several scripts", "how-to/scripts"),
        ("dicom services", "reference/dicom-services"),
    ],
)
def test_a_heading_leads_to_its_page(search: Search, words: str, page: str) -> None:
    assert search(words)[0] == page


def test_pages_for_contributors_come_last(search: Search) -> None:
    pages = [*dict.fromkeys(search("storage area"))]
    internal = [page.startswith(("contributing/", "explanation/decisions/")) for page in pages]
    assert any(internal) and internal == sorted(internal)


def test_words_that_no_page_has_find_nothing(search: Search) -> None:
    assert search("zeppelin") == []

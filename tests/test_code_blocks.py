# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The code in the pages works: Python runs in real Orthancs, commands and options exist.

The Python blocks of a page are one script, in their order. Its check is the function of
tests/support/page_checks.py whose `page` decorator names the page; without one, Orthanc must start
with the script, log no error, and stop. tests/support/pages.py describes the comments above blocks
that run otherwise.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from orthanc_python.__main__ import _parser
from tests.support.page_checks import CHECKS, check_start
from tests.support.pages import ROOT, Block, blocks_of
from tests.support.servers import Servers

DOCS = sorted((ROOT / "docs").rglob("*.md"))
REFERENCE = [
    page for page in DOCS if page.read_text("utf-8").split("\n")[0].endswith("from src/sdk -->")
]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in DOCS if page not in REFERENCE),
]
# The blocks that no test runs, for each language
NOT_RUN = {
    "dockerfile": "tests/packaging/test_docker_*.py build the images",
    "sh": "tests/packaging runs them",
}


ALL = [block for page in PAGES for block in blocks_of(page)]

PYTHON = {
    block.page: "\n".join(
        other.text
        for other in ALL
        if other.page == block.page and other.language == "python" and not other.kind
    )
    for block in ALL
    if block.language == "python" and not block.kind
}


@pytest.mark.parametrize("name", PYTHON)
def test_python_runs(orthanc: Servers, name: str) -> None:
    CHECKS.get(name, check_start)(orthanc, PYTHON[name])


def test_each_check_has_a_page() -> None:
    assert sorted(CHECKS.keys() - PYTHON.keys()) == []


@pytest.mark.parametrize(
    "block",
    [block for page in REFERENCE for block in blocks_of(page)],
    ids=lambda block: block.name,
)
def test_the_reference_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize(
    "block", [block for block in ALL if block.language == "json"], ids=lambda block: block.name
)
def test_json_can_be_read(block: Block) -> None:
    assert isinstance(json.loads(block.text), dict)


@pytest.mark.parametrize(
    "block", [block for block in ALL if block.language == "yaml"], ids=lambda block: block.name
)
def test_compose_files_name_services_and_known_options(block: Block) -> None:
    (service,) = yaml.safe_load(block.text)["services"].values()
    python = [name for name in service["environment"] if name.startswith("ORTHANC__PYTHON__")]
    words = [name[len("ORTHANC__PYTHON__") :].title().replace("_", "") for name in python]
    settings = (ROOT / "src/plugin/host/settings.cpp").read_text(encoding="utf-8")
    assert [word for word in words if f'"{word}"' not in settings] == []


def test_files_are_part_of_a_tutorial() -> None:
    pages = {block.page for block in ALL if block.kind in ("file", "output")}
    assert pages == {"docs/tutorial.md"}  # tests/packaging/test_tutorial.py follows it


def test_each_language_is_checked() -> None:
    assert {block.language for block in ALL} <= {"python", "json", "yaml", "", *NOT_RUN}


COMMANDS = [
    (block.name, line)
    for block in ALL
    if block.language == "" and not block.kind
    for line in block.text.replace("\\\n", " ").replace("^\n", " ").splitlines()
]


@pytest.mark.parametrize(
    "line",
    [
        line
        for _, line in COMMANDS
        if "orthanc-python " in line and not line.startswith(("brew", "docker"))
    ],
)
def test_commands_are_understood(line: str) -> None:
    words = shlex.split(line)
    programs = [i for i, word in enumerate(words) if Path(word).name == "orthanc-python"]
    for program in programs:
        arguments = words[program + 1 :]
        if arguments and not arguments[0].startswith("/"):
            _parser().parse_args(arguments)


def test_sessions_of_nox_exist() -> None:
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = {*re.findall(r"^def (\w+)\(", source, re.MULTILINE)}
    sessions |= {*re.findall(r"nox\.session\(.*name=\"(\w+)\"", source)}
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {*re.findall(r"noxfile\.py -s (\w+)", text)}
    assert named
    assert sorted(named - sessions) == []


def test_options_of_cmake_exist() -> None:
    files = [ROOT / "CMakeLists.txt", *(ROOT / "cmake").rglob("*.cmake")]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    options = {*re.findall(r"(?:-D|cmake\.define\.)([A-Z][A-Z_]+)=", text)}
    unknown = {name for name in options if not name.startswith("CMAKE_") and name not in source}
    assert options
    assert sorted(unknown) == []


def test_files_of_the_project_exist() -> None:
    """Paths in commands, relative to the sources or to a folder in them."""
    missing = [
        (name, word)
        for name, line in COMMANDS
        for word in re.findall(
            r"(?:\.\./)?(?:benchmarks|cmake|packaging|examples|src)/[\w./-]+", line
        )
        if not (ROOT / word.removeprefix("../")).exists()
    ]
    assert missing == []

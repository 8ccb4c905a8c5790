# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The formula, as far as it can be checked without Homebrew."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pipeline import names, project, release
from pipeline.matrix import Matrix

from tests.packaging.conftest import EPOCH
from tests.support.machine_packages import program


@pytest.fixture
def formula(full: Matrix, make_dist: Callable[[Matrix], Path], tmp_path: Path) -> Path:
    made = release.Release(full, project.version(), EPOCH, tmp_path / "release")
    made.assemble(make_dist(full), partial=False)
    return tmp_path / "release" / names.FORMULA


def value(formula: Path, field: str) -> str:
    found = re.findall(rf'^  {field} "(.*)"$', formula.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) == 1, field
    return str(found[0])


def test_what_brew_audit_asks_of_the_header(formula: Path) -> None:
    text = value(formula, "desc")
    assert len(f"orthanc-python: {text}") < 80
    assert text[0].isupper() and not text.endswith(".")
    assert not re.match(r"(An?|The|Orthanc) ", text)
    assert value(formula, "homepage").startswith("https://")
    assert value(formula, "license") == "AGPL-3.0-or-later"
    lines = formula.read_text(encoding="utf-8").splitlines()
    order = [
        lines.index(line) for line in lines if re.match(r"  (desc|home|url|sha|lic|dep)", line)
    ]
    assert [lines[at].split()[0] for at in order] == [
        *("desc", "homepage", "url", "sha256", "license", "depends_on")
    ]
    assert "class OrthancPython < Formula" in lines  # Homebrew derives the name from the file's
    assert "  test do" in lines
    assert not [line for line in lines if line != line.rstrip() or len(line) > 118]


def test_it_takes_the_sources_of_the_release(formula: Path) -> None:
    sources = formula.with_name(names.sdist(project.version()))
    assert value(formula, "url").endswith(f"/{sources.name}")
    assert value(formula, "sha256") == hashlib.sha256(sources.read_bytes()).hexdigest()
    assert "@" not in value(formula, "url")


def test_it_is_ruby(formula: Path) -> None:
    assert subprocess.run([program("ruby", "ruby"), "-wc", formula], check=False).returncode == 0

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The published documentation has a folder for each minor release, built from its newest tag."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import build_documentation
import pytest
from build_documentation import Version, releases
from pipeline import project

SITE = "https://example.org/"
# In place of Sphinx, which tests/docs runs: writes the version and the commit
NOXFILE = """
import os, pathlib, sys
assert sys.argv[1:] == ["-s", "docs"]
folder = pathlib.Path("build/docs")
folder.mkdir(parents=True)
text = pathlib.Path("text").read_text()
(folder / "index.html").write_text(" ".join([os.environ["DOCS_VERSION"], text]))
"""


def git(repository: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(repository), *identity, *arguments], check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with releases; the first one has no documentation."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "noxfile.py").write_text(NOXFILE)
    for tag in ("v7.9.0", "v8.0.0", "v8.0.1", "v8.1.0rc1", "v10.0.0", "main"):
        (root / "text").write_text(tag)
        if tag == "v8.0.0":
            (root / "docs").mkdir()
            (root / "docs" / "conf.py").write_text("")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "--message", tag)
        if tag != "main":
            git(root, "tag", tag)
    return root


def texts(output: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text() for path in output.glob("*/index.html")}


def test_each_minor_release_has_a_folder(repository: Path, tmp_path: Path) -> None:
    output = tmp_path / "pages"
    output.mkdir()
    build_documentation.publish(repository, output, SITE)
    assert texts(output) == {
        "dev": "dev main",
        "8.0": "8.0 v8.0.1",
        "10.0": "10.0 v10.0.0",
        "stable": "10.0 v10.0.0",
    }
    assert "url=stable/" in (output / "index.html").read_text()
    assert json.loads((output / "switcher.json").read_text()) == [
        {"version": "dev", "url": f"{SITE}dev/"},
        {"version": "10.0", "name": "10.0 (stable)", "url": f"{SITE}stable/"},
        {"version": "8.0", "url": f"{SITE}8.0/"},
    ]


def test_before_the_first_release_the_site_leads_to_dev(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "--delete", "v8.0.0", "v8.0.1", "v8.1.0rc1", "v10.0.0")
    output = tmp_path / "pages"
    output.mkdir()
    build_documentation.publish(repository, output, SITE)
    assert texts(output) == {"dev": "dev main"}
    assert "url=dev/" in (output / "index.html").read_text()


def test_a_version_that_cannot_be_built_publishes_nothing(repository: Path, tmp_path: Path) -> None:
    (repository / "noxfile.py").write_text("raise SystemExit(1)")
    git(repository, "commit", "--quiet", "--all", "--message", "broken")
    with pytest.raises(subprocess.CalledProcessError):
        build_documentation.publish(repository, tmp_path, SITE)
    assert not (tmp_path / "switcher.json").exists()


def test_releases_are_sorted_as_numbers() -> None:
    tags = ["v9.0.0", "v10.0.0", "v9.0.10", "v9.0.9", "v11.0.0rc1", "vendor"]
    assert releases(tags) == [Version("10.0", "v10.0.0"), Version("9.0", "v9.0.10")]


def test_the_site_is_where_the_package_says() -> None:
    urls = project.read_toml(project.ROOT / "pyproject.toml")["project"]["urls"]
    owner, name = urls["Repository"].split("/")[-2:]
    assert urls["Documentation"] == f"https://{owner}.github.io/{name}/"

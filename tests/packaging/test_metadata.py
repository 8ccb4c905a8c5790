# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The metadata of the package: its page on the index, its licenses, its bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from email.message import Message
from email.parser import Parser

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pipeline import project

from tests.packaging.conftest import bill_of_materials


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """METADATA of a wheel, from the build backend."""
    folder = tmp_path_factory.mktemp("metadata")
    code = (
        "import sys; from scikit_build_core.build import prepare_metadata_for_build_wheel as make;"
        "make(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=project.ROOT, check=True)
    (path,) = folder.glob("*.dist-info/METADATA")
    return Parser().parsestr(path.read_text(encoding="utf-8"))


def test_no_link_of_the_index_page_depends_on_the_repository(metadata: Message) -> None:
    links = re.findall(r"\]\(([^)]+)\)", str(metadata.get_payload()))
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    files = f"{project.repository()}/blob/v{project.version()}/"
    inside = [re.split("[#?]", link[len(files) :])[0] for link in links if link.startswith(files)]
    assert "docs/how-to/install-linux.md" in inside
    assert [place for place in inside if not (project.ROOT / place).exists()] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", str(metadata.get_payload()))
    assert pictures == [f"{files}docs/images/overview.svg?raw=true"]


def test_the_license_covers_all_that_is_linked(metadata: Message) -> None:
    assert metadata["License-Expression"] == "AGPL-3.0-or-later AND MIT"
    folder = project.ROOT / "src" / "third_party"
    third_party = {path.name for path in folder.iterdir() if path.is_dir()}
    assert set(metadata.get_all("License-File", [])) == {
        "LICENSE",
        *(f"src/third_party/{name}/LICENSE" for name in third_party),
    }
    notice = (project.ROOT / "src/third_party/yyjson/LICENSE").read_text(encoding="utf-8")
    source = (project.ROOT / "src/third_party/yyjson/yyjson.c").read_text(encoding="utf-8")
    granted = " ".join(source.split("*/")[0].partition("Copyright")[2].strip("= *\n").split())
    assert granted in " ".join(notice.split())


def test_the_index_links_to_the_repository(metadata: Message) -> None:
    urls = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))
    assert {"Repository", "Documentation", "Changelog", "Issues"} <= set(urls)


def test_each_python_of_the_matrix_has_a_classifier(metadata: Message) -> None:
    pythons = project.read_toml(project.ROOT / "packaging" / "matrix.toml")["pythons"]
    minors = {int(found[1]) for tag in pythons if (found := re.match(r"cp3(\d+)$", tag))}
    prefix = "Programming Language :: Python :: 3."
    stated = [line for line in metadata.get_all("Classifier", []) if line.startswith(prefix)]
    assert {int(line[len(prefix) :]) for line in stated} == minors


def test_all_files_name_the_repository_of_the_metadata() -> None:
    """To move the repository, change Repository in pyproject.toml; this test names the others."""
    urls = project.read_toml(project.ROOT / "pyproject.toml")["project"]["urls"]
    own = project.repository().partition("github.com/")[2]
    elsewhere = {"Orthanc", "Documentation"}  # test_documentation.py checks the latter
    assert all(urls[kind].startswith(urls["Repository"]) for kind in set(urls) - elsewhere)
    places = [*(project.ROOT / "docs").rglob("*.md"), *project.ROOT.glob("*.md")]
    places += [project.ROOT / "src/orthanc_python/project_template/compose.yaml.in"]
    for path in places:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"(?:--repo\s+|ghcr\.io/)([\w-]+/[\w-]+)", text)
        owners = re.findall(r"--owner\s+([\w-]+)", text)
        assert {*named} <= {own, own.lower()} and {*owners} <= {own.partition("/")[0]}, path


@pytest.mark.parametrize(
    ("settings", "runtime", "linkage"),
    [
        ({"CMAKE_CXX_COMPILER_ID": "GNU"}, "libstdc++ and libgcc", "shared"),
        (
            {"CMAKE_CXX_COMPILER_ID": "GNU", "MINGW": "TRUE", "STATIC_BUILD": "TRUE"},
            "libstdc++, libgcc and mingw-w64",
            "static",
        ),
        ({"CMAKE_CXX_COMPILER_ID": "Clang", "ZIG_TARGET": "x86_64-linux"}, "libc++", "static"),
        ({"CMAKE_CXX_COMPILER_ID": "AppleClang"}, "libc++", "shared"),
        (
            {"CMAKE_CXX_COMPILER_ID": "MSVC", "STATIC_BUILD": "TRUE"},
            "Microsoft Visual C++ runtime",
            "static",
        ),
    ],
)
def test_each_compiler_has_a_bill_of_materials(
    settings: dict[str, str], runtime: str, linkage: str
) -> None:
    text = bill_of_materials(**settings).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    yyjson, linked = json.loads(text)["components"]
    assert (linked["name"], linked["properties"][0]["value"]) == (runtime, linkage)
    header = (project.ROOT / "src/third_party/yyjson/yyjson.h").read_text(encoding="utf-8")
    assert f'YYJSON_VERSION_STRING "{yyjson["version"]}"' in header

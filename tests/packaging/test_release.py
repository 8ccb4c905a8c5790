# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a release: complete, reproducible, and described."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pipeline import names, news, project, readiness, release, sbom
from pipeline.matrix_file import Matrix

from tests.packaging.conftest import EPOCH

MakeDist = Callable[[Matrix], Path]
VERSION = project.version()


def assembled(wanted: Matrix, dist: Path, folder: Path) -> Path:
    release.Release(wanted, VERSION, EPOCH, folder).assemble(dist, partial=False)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_bytes_when_run_twice(full: Matrix, make_dist: MakeDist, tmp_path: Path) -> None:
    dist = make_dist(full)
    first = contents(assembled(full, dist, tmp_path / "first"))
    second = contents(assembled(full, dist, tmp_path / "second"))
    assert sorted(first) == names.released(full, VERSION)
    assert first == second


def test_the_sources_are_the_same_bytes_for_everyone(tmp_path: Path) -> None:
    """Two users with different settings make the same archive."""
    made = []
    for umask in (0o022, 0o077):
        place = tmp_path / oct(umask)
        command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir"]
        old = os.umask(umask)
        try:
            subprocess.run([*command, str(place), str(project.ROOT)], check=True)
        finally:
            os.umask(old)
        made.append(contents(place))
    assert list(made[0]) == [names.sdist(VERSION)]
    assert made[0] == made[1]


def test_a_missing_file_stops_the_release(
    full: Matrix, make_dist: MakeDist, tmp_path: Path
) -> None:
    dist = make_dist(full)
    (dist / f"OrthancPython-Python3.14-{VERSION}.dll").unlink()
    with pytest.raises(release.Incomplete, match=r"missing: OrthancPython-Python3\.14"):
        assembled(full, dist, tmp_path / "release")
    assert not (tmp_path / "release").exists()


def test_a_file_too_many_stops_the_release(
    full: Matrix, make_dist: MakeDist, tmp_path: Path
) -> None:
    dist = make_dist(full)
    (dist / "stranger.dll").touch()
    with pytest.raises(release.Incomplete, match=r"not expected: stranger\.dll"):
        assembled(full, dist, tmp_path / "release")


def test_a_partial_release_names_missing_files(
    full: Matrix, make_dist: MakeDist, tmp_path: Path
) -> None:
    dist = make_dist(full.minimal())
    made = release.Release(full, VERSION, EPOCH, tmp_path / "release")
    missing = made.assemble(dist, partial=True)
    assert f"OrthancPython-Python3.13-{VERSION}.dll" in missing
    assert f"OrthancPython-{VERSION}.dll" not in missing


def test_sha256sum_agrees(full: Matrix, make_dist: MakeDist, tmp_path: Path) -> None:
    folder = assembled(full, make_dist(full), tmp_path / "release")
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert {line.split("  ")[1] for line in lines} == set(names.released(full, VERSION)) - {
        "SHA256SUMS"
    }


def test_the_archives_for_machines_without_network(
    full: Matrix, make_dist: MakeDist, tmp_path: Path
) -> None:
    folder = assembled(full, make_dist(full), tmp_path / "release")
    top = f"OrthancPython-{VERSION}"
    with tarfile.open(folder / f"{top}-macos.tar.gz") as tar:
        tar.extractall(tmp_path)
    unpacked = tmp_path / f"{top}-macos"
    assert {"README.txt", "LICENSE", "COMPATIBILITY.md"} <= {
        path.name for path in unpacked.iterdir()
    }
    assert (unpacked / "licenses" / "yyjson").read_text().startswith("MIT License")
    assert len(list(unpacked.glob("*.dylib"))) == len(full.pythons)
    assert checked(unpacked) == len(full.pythons)


def checked(folder: Path) -> int:
    """The number of files that sha256sum finds as SHA256SUMS lists them."""
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    lines = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    assert all(line.endswith(": OK") for line in lines.splitlines())
    return len(lines.splitlines())


@pytest.mark.parametrize("bits", ["64", "32"])
def test_the_archive_for_offline_windows(
    full: Matrix, make_dist: MakeDist, tmp_path: Path, bits: str
) -> None:
    folder = assembled(full, make_dist(full), tmp_path / "release")
    top = f"OrthancPython-{VERSION}-win{bits}"
    with zipfile.ZipFile(folder / f"{top}.zip") as archive:
        archive.extractall(tmp_path)
    unpacked = tmp_path / top
    assert checked(unpacked) == len(full.pythons)
    assert {path.name for path in unpacked.iterdir()} == {
        *(f"windows-{bits}", "licenses", "README.txt", "LICENSE.txt", "COMPATIBILITY.md"),
        "SHA256SUMS",
    }
    assert (unpacked / "licenses" / "yyjson.txt").read_text().startswith("MIT License")
    # below windows-32 and windows-64, the names that orthanc-python has on Orthanc's site
    dlls = unpacked / f"windows-{bits}"
    assert (dlls / f"OrthancPython-Python3.14-{VERSION}.dll").is_file()
    guide = (unpacked / "README.txt").read_bytes().decode("ascii")
    assert guide.count("\r\n") == guide.count("\n") <= 60  # one page, for Notepad
    assert max(map(len, guide.splitlines())) <= 100
    named = set(re.findall(rf"windows-{bits}\\(\S+\.dll)", guide))
    assert named == {f"OrthancPython-{VERSION}.dll"}
    assert (dlls / named.pop()).is_file()
    assert '{ "PythonScript": "C:\\\\Orthanc\\\\script.py" }' in guide


def test_the_bill_of_materials_joins_those_of_the_wheels(
    full: Matrix, make_dist: MakeDist, tmp_path: Path
) -> None:
    folder = assembled(full, make_dist(full), tmp_path / "release")
    text = (folder / names.SBOM).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {"yyjson", "libstdc++ and libgcc", "requests", "platformdirs", "filelock"}
    assert all(
        part["supplier"]["name"] for part in [*parts.values(), bill["metadata"]["component"]]
    )
    assert parts["yyjson"]["licenses"] == [{"license": {"id": "MIT"}}]
    (sources, _) = parts["yyjson"]["components"]
    assert sources["hashes"] == [
        {"alg": "SHA-256", "content": sha256(project.ROOT / sources["name"])}
    ]
    files = {
        file["name"]: file["hashes"][0]["content"]
        for file in bill["metadata"]["component"]["components"]
    }
    assert files == {
        path.name: sha256(path)
        for path in folder.iterdir()
        if path.name not in (names.SBOM, names.SHA256SUMS)
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_without_a_bill_of_materials_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "orthanc_python-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("orthanc_python/__init__.py", "")
    with pytest.raises(ValueError, match=r"orthanc_python-1\.0.* has no sboms/"):
        sbom.document(VERSION, EPOCH, {}, [wheel])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the project that release notes are made from, with two fragments."""
    (tmp_path / "news").mkdir()
    for name in ("pyproject.toml", "CHANGELOG.md", "news/template.md.jinja"):
        shutil.copy(project.ROOT / name, tmp_path / name)
    (tmp_path / "news" / "b.fix.md").write_text("Repaired\nthis.\n", encoding="utf-8")
    (tmp_path / "news" / "a.feature.md").write_text("Can do that.\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "First")
    return tmp_path


def towncrier(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "towncrier", "build", "--yes"]
    subprocess.run([*command, *arguments], cwd=folder, check=True)


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)


def test_notes_of_a_version_that_is_not_prepared_come_from_the_fragments(checkout: Path) -> None:
    text = news.notes("9.0.0", "2030-01-31", "| table |", checkout)
    assert text.startswith("## 9.0.0 (2030-01-31)\n")
    assert text.index("### New") < text.index("* Can do that.") < text.index("### Fixed")
    assert "* Repaired\n  this.\n" in text
    assert text.endswith("| table |\n")


def test_notes_of_a_prepared_version_come_from_the_changelog(checkout: Path) -> None:
    for version, fragment in (("9.0.0", "a.feature.md"), ("9.1.0", "b.fix.md")):
        for path in (checkout / "news").glob("*.md"):
            path.unlink()
        (checkout / "news" / fragment).write_text(f"Text of {version}.\n", encoding="utf-8")
        towncrier(checkout, "--version", version, "--date", "2030-01-31")
    assert not list((checkout / "news").glob("*.md"))
    text = news.notes("9.0.0", "2031-12-31", "| table |", checkout)
    assert text.startswith("## 9.0.0 (2030-01-31)\n")
    assert "Text of 9.0.0." in text and "9.1.0" not in text


def test_a_misnamed_fragment_is_refused(checkout: Path) -> None:
    (checkout / "news" / "c.typo.md").write_text("Lost.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.typo\.md"):
        news.notes("9.0.0", "2030-01-31", "", checkout)


def test_all_fragments_of_the_project_get_into_its_notes() -> None:
    """Also after a release, when there are none."""
    notes = news.notes(VERSION, "2030-01-31", "")
    assert notes.count("\n* ") >= len(news.fragments())


def set_version(checkout: Path, version: str) -> None:
    described = checkout / "pyproject.toml"
    text = described.read_text(encoding="utf-8")
    described.write_text(text.replace(f'"{VERSION}"', f'"{version}"'), encoding="utf-8")


def test_a_prepared_version_is_ready(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    set_version(checkout, "9.0.0")
    (unprepared,) = readiness.problems("v9.0.0", checkout)
    assert unprepared.startswith(
        "CHANGELOG.md lacks 2 fragments of news/, such as a.feature.md: run `towncrier build --yes"
    )
    towncrier(checkout, "--version", "9.0.0")
    assert readiness.problems("v9.0.0", checkout) == []  # the commit comes after the check
    commit(checkout, "Release 9.0.0")
    assert readiness.problems("v9.0.0", checkout) == []
    assert "The tag v9.0.1 is not v9.0.0" in readiness.problems("v9.0.1", checkout)[0]


def test_a_candidate_keeps_the_fragments_for_its_release(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    set_version(checkout, "9.0.0rc1")
    assert readiness.problems("v9.0.0rc1", checkout) == []
    assert "* Can do that." in news.notes("9.0.0rc1", "2030-01-31", "", checkout)


def test_a_fragment_that_a_commit_deletes_is_not_forgotten(checkout: Path) -> None:
    fragment = checkout / "news" / "b.fix.md"
    text = fragment.read_text(encoding="utf-8")
    fragment.unlink()
    commit(checkout, "Delete the wrong file")
    (checkout / "news" / "c.fix.md").write_text("Another.\n", encoding="utf-8")
    commit(checkout, "Add another fragment")
    (line,) = readiness.lost_news(checkout)
    assert line.startswith("news/b.fix.md was deleted, and no other file has its text: restore it")
    fragment.write_text(text, encoding="utf-8")
    commit(checkout, "Restore it")
    assert readiness.lost_news(checkout) == []
    fragment.unlink()
    commit(checkout, "Take the change back\n\nnews/b.fix.md described it.")
    assert readiness.lost_news(checkout) == []


def test_a_fragment_may_get_another_name_or_be_merged_with_another(checkout: Path) -> None:
    first, second = (checkout / "news" / name for name in ("a.feature.md", "b.fix.md"))
    first.rename(first.with_name("c.feature.md"))
    commit(checkout, "Rename")
    first.with_name("c.feature.md").write_text("Can do that, and more.\n", encoding="utf-8")
    second.unlink()
    commit(checkout, "Merge")
    assert readiness.lost_news(checkout) == []


def test_a_fragment_that_a_merge_drops_is_named(checkout: Path) -> None:
    git(checkout, "switch", "-q", "-c", "branch")
    (checkout / "news" / "c.fix.md").write_text("Of a branch.\n", encoding="utf-8")
    commit(checkout, "Add a fragment")
    git(checkout, "switch", "-q", "main")
    git(checkout, "merge", "-q", "--no-commit", "--no-ff", "branch")
    (checkout / "news" / "c.fix.md").unlink()
    commit(checkout, "Merge")
    assert "news/c.fix.md was deleted" in readiness.lost_news(checkout)[0]


def test_an_incomplete_history_is_no_proof(checkout: Path, tmp_path: Path) -> None:
    (checkout / "news" / "b.fix.md").unlink()
    commit(checkout, "Delete")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", checkout.as_uri(), str(shallow))
    assert readiness.lost_news(shallow) == [
        "The history of news/ is not here: run `git fetch --unshallow`"
    ]


def test_a_repository_to_which_the_links_do_not_lead_is_not_ready(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = project.repository().split("/", 3)[3]
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    for repository, expected in ((own, False), ("someone/fork", True)):
        monkeypatch.setenv("GITHUB_REPOSITORY", repository)
        problems = readiness.problems(f"v{VERSION}", checkout)
        assert any("Repository" in line for line in problems) is expected


def test_the_command_refuses_a_tag_before_it_does_anything(tmp_path: Path) -> None:
    command = [sys.executable, str(project.ROOT / "packaging" / "assemble.py"), "--tag", "v0.0"]
    command += ["--dist", str(tmp_path), "--output", str(tmp_path / "release")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"The tag v0.0 is not v{VERSION}" in done.stderr
    assert not (tmp_path / "release").exists()

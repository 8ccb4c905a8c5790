# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_python import find_orthanc as finder
from orthanc_python import official_binaries
from orthanc_python.debian_packages import distribution
from orthanc_python.download import file_sha256
from orthanc_python.find_orthanc import OrthancNotFound, find_orthanc, orthanc_version
from orthanc_python.server import free_port


@pytest.fixture
def bare(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no Orthanc is installed and the official site is out of reach."""
    monkeypatch.setattr(finder, "installed_orthanc", lambda: None)
    monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", f"http://127.0.0.1:{free_port()}")


def fake(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho Orthanc {version}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_version_of_an_orthanc_is_read(orthanc_executable: Path) -> None:
    version = orthanc_version(orthanc_executable)
    assert version is not None
    assert version.count(".") == 2


@pytest.mark.parametrize("name", ["missing", "folder", "text", "true"])
def test_no_other_program_has_a_version(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("not a program", encoding="utf-8")
    (tmp_path / "true").symlink_to("/bin/true")
    assert orthanc_version(tmp_path / name) is None


def test_a_path_or_its_folder_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = fake(tmp_path / "bin" / "Orthanc", "1.0.0")
    assert find_orthanc("bin/Orthanc") == expected
    assert find_orthanc("bin") == expected
    with pytest.raises(OrthancNotFound, match=str(tmp_path / "other")):
        find_orthanc("other")


def test_orthanc_is_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fake(tmp_path / "Orthanc", "1.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_orthanc(fetch=False) == expected
    assert find_orthanc("1.0.0", fetch=False) == expected


def test_orthanc_is_found_in_known_locations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fake(tmp_path / "Orthanc", "1.0.0")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(finder, "known_locations", lambda: [tmp_path / "missing", expected])
    assert find_orthanc(fetch=False) == expected


def test_nothing_is_fetched_unasked(bare: None) -> None:
    with pytest.raises(OrthancNotFound, match=r"is not installed.*--orthanc PATH"):
        find_orthanc(fetch=False)


def test_a_cached_orthanc_is_used_again(bare: None, cache: Path) -> None:
    expected = fake(cache / "orthanc" / distribution() / "Orthanc", "1.0.0")
    assert find_orthanc() == expected
    assert find_orthanc("1.0.0") == expected


def test_the_package_replaces_an_unreachable_site(
    bare: None, capsys: pytest.CaptureFixture[str]
) -> None:
    executable = find_orthanc()
    said = capsys.readouterr().err
    assert "Connection refused" in said
    assert "package of this distribution" in said
    assert orthanc_version(executable) is not None


def test_the_error_names_each_failure_and_the_remedy(
    bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orthanc_python.debian_packages.available", lambda: False)
    with pytest.raises(OrthancNotFound) as error:
        find_orthanc()
    text = str(error.value)
    assert "Connection refused" in text
    assert "ORTHANC_PYTHON_MIRROR" in text
    assert "--orthanc PATH" in text


def test_an_orthanc_with_another_checksum_is_passed_over(
    bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = fake(tmp_path / "Orthanc", "1.13.0")
    digest = file_sha256(installed)
    monkeypatch.setattr(finder, "installed_orthanc", lambda: installed)
    for wanted in (None, "1.13.0", str(installed)):
        assert find_orthanc(wanted, sha256=digest) == installed
        with pytest.raises(OrthancNotFound):
            find_orthanc(wanted, sha256="0" * 64)


def test_an_unverified_download_is_refused_where_it_must_be_known(
    bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orthanc_python.debian_packages.available", lambda: False)
    monkeypatch.setattr(official_binaries, "platform_key", lambda: "linux-x86_64")
    with pytest.raises(OrthancNotFound, match="cannot be verified"):
        find_orthanc("9.9.9", only_known=True)

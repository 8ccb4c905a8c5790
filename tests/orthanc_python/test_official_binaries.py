# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from orthanc_python import fetch, official_binaries
from orthanc_python.download import DownloadError
from tests.support import web

SCRIPT = b"#!/bin/sh\necho Orthanc 1.13.0\n"
SHA256 = hashlib.sha256(SCRIPT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def mirror(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a mirror that holds one small "Orthanc" for each platform."""
    root = tmp_path / "mirror"
    for path in official_binaries.read_lock()["paths"].values():
        file = root / path.lstrip("/").format(version="1.13.0")
        file.parent.mkdir(parents=True)
        file.write_bytes(SCRIPT)
    with web.serving(partial(Quiet, directory=str(root))) as port:
        monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", f"http://127.0.0.1:{port}/")
        yield root


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run these tests as if on Linux and x86-64."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def test_the_lock_file_has_a_checksum_for_each_binary() -> None:
    lock = official_binaries.read_lock()
    assert lock["base"].startswith("https://")
    for version, sums in lock["sha256"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert set(sums) == set(lock["paths"])
        assert all(x is None or re.fullmatch("[0-9a-f]{64}", x) for x in sums.values())


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("linux-x86_64", "https://h/linux-standard-base/orthanc/1.2.3/Orthanc"),
        ("macos", "https://h/macos/orthanc/1.2.3/Orthanc"),
        ("windows-64", "https://h/windows-64/orthanc/1.2.3/Orthanc.exe"),
        ("windows-32", "https://h/windows-32/orthanc/1.2.3/Orthanc.exe"),
    ],
)
def test_each_platform_has_its_address(monkeypatch: pytest.MonkeyPatch, key: str, url: str) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", "https://h")
    assert official_binaries.binary_url("1.2.3", key) == url


def test_a_platform_without_a_binary_is_named() -> None:
    with pytest.raises(official_binaries.NoOfficialBinary, match="linux-aarch64"):
        official_binaries.binary_url("1.13.0", "linux-aarch64")


def test_newest_version_is_not_the_last_in_the_alphabet(monkeypatch: pytest.MonkeyPatch) -> None:
    lock: dict[str, object] = {"sha256": {"1.9.1": {}, "1.12.10": {}, "1.12.9": {}}}
    monkeypatch.setattr(official_binaries, "read_lock", lambda: lock)
    assert official_binaries.newest_version() == "1.12.10"


def test_a_version_that_can_be_verified_comes_before_a_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sums: dict[str, object] = {"1.12.9": {"linux-x86_64": SHA256}, "1.13.0": {"linux-x86_64": None}}
    monkeypatch.setattr(official_binaries, "read_lock", lambda: {"sha256": sums})
    assert official_binaries.newest_version() == "1.12.9"


def test_a_binary_is_fetched_and_kept(mirror: Path) -> None:
    assert official_binaries.kept() is None
    executable = official_binaries.fetch("1.13.0")
    assert executable.read_bytes() == SCRIPT
    assert os.access(executable, os.X_OK)
    assert official_binaries.kept("1.13.0") == executable


def test_a_download_without_a_known_checksum_is_announced(
    mirror: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for origin in ("downloaded from http://", "downloaded earlier"):
        executable = official_binaries.fetch("1.13.0")
        said = capsys.readouterr().err
        assert f"Cannot verify {executable}" in said
        assert origin in said
        assert f"--orthanc 1.13.0 --sha256 {SHA256}" in said


def lock_with(monkeypatch: pytest.MonkeyPatch, digest: str) -> None:
    lock = official_binaries.read_lock()
    lock["sha256"]["1.13.0"]["linux-x86_64"] = digest
    monkeypatch.setattr(official_binaries, "read_lock", lambda: lock)


def test_a_file_that_the_lock_contradicts_is_not_kept(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_with(monkeypatch, "0" * 64)
    with pytest.raises(DownloadError, match="0" * 64):
        official_binaries.fetch("1.13.0")
    assert official_binaries.kept("1.13.0") is None


def test_a_file_that_the_lock_knows_is_accepted_in_silence(
    mirror: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock_with(monkeypatch, SHA256)
    official_binaries.fetch("1.13.0", only_known=True)
    assert "Cannot verify" not in capsys.readouterr().err


def test_an_earlier_download_is_verified_when_the_checksum_gets_known(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = official_binaries.fetch("1.13.0")
    path.write_bytes(b"something else")
    lock_with(monkeypatch, SHA256)
    assert official_binaries.kept("1.13.0") is None
    assert official_binaries.fetch("1.13.0").read_bytes() == SCRIPT


def test_the_checksum_of_the_user_takes_precedence(mirror: Path) -> None:
    with pytest.raises(DownloadError, match="0" * 64):
        official_binaries.fetch("1.13.0", sha256="0" * 64)
    executable = official_binaries.fetch("1.13.0", sha256=SHA256)
    assert official_binaries.kept("1.13.0", sha256=SHA256) == executable
    assert official_binaries.kept("1.13.0", sha256="0" * 64) is None


def test_nothing_unverified_is_downloaded_where_it_is_not_accepted(
    mirror: Path, cache: Path
) -> None:
    with pytest.raises(
        official_binaries.UnknownChecksum, match=r"1\.13\.0 for linux-x86_64 .* Locks"
    ):
        official_binaries.fetch("1.13.0", only_known=True)
    assert not list(cache.rglob("Orthanc"))
    official_binaries.fetch("1.13.0")  # a user accepted it
    assert official_binaries.kept("1.13.0", only_known=True) is None


def test_version_that_is_not_published(mirror: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        official_binaries.fetch("9.9.9")


def test_the_lock_command_writes_all_checksums(mirror: Path, tmp_path: Path) -> None:
    output = tmp_path / "lock.json"
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    sums = json.loads(output.read_text(encoding="utf-8"))["sha256"]["1.13.0"]
    assert set(sums) == {"linux-x86_64", "macos", "windows-32", "windows-64"}
    assert len(set(sums.values())) == 1
    assert re.fullmatch("[0-9a-f]{64}", sums["macos"])


def test_lock_command_keeps_what_it_cannot_reach(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "lock.json"
    assert fetch.main(["lock", "9.9.9", "--output", str(output)]) == 1
    lock = json.loads(output.read_text(encoding="utf-8"))
    assert lock["sha256"]["9.9.9"] == dict.fromkeys(lock["paths"])
    assert "1.13.0" in lock["sha256"]
    assert "404" in capsys.readouterr().err


def test_lock_command_does_not_replace_a_checksum(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "lock.json"
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    known = output.read_bytes()
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    assert output.read_bytes() == known
    (mirror / "macos/orthanc/1.13.0/Orthanc").write_bytes(b"something else")
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 1
    assert output.read_bytes() == known
    said = capsys.readouterr().err
    assert "/macos/orthanc/1.13.0/Orthanc is not the expected file" in said
    assert "/windows-64/" not in said.partition("not the expected file")[2]


def test_lock_command_asks_the_server(mirror: Path, tmp_path: Path) -> None:
    """It does not use the cache, which may hold the file of another server."""
    sums = []
    for content in (b"one", b"two"):
        (mirror / "macos/orthanc/1.13.0/Orthanc").write_bytes(content)
        output = tmp_path / f"{content.decode()}.json"
        assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
        sums.append(json.loads(output.read_text(encoding="utf-8"))["sha256"]["1.13.0"]["macos"])
    assert sums == [hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()]


def test_lock_command_fills_all_versions_of_the_lock(mirror: Path, tmp_path: Path) -> None:
    output = tmp_path / "lock.json"
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    lock = json.loads(output.read_text(encoding="utf-8"))
    lock["sha256"] = {"1.13.0": dict.fromkeys(lock["paths"])}
    output.write_text(json.dumps(lock), encoding="utf-8")
    assert fetch.main(["lock", "--output", str(output)]) == 0
    sums = json.loads(output.read_text(encoding="utf-8"))["sha256"]
    assert sums == {"1.13.0": dict.fromkeys(lock["paths"], SHA256)}


def test_merge_command_wants_the_same_from_two_machines(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = [tmp_path / "linux.json", tmp_path / "macos.json"]
    for output in machines:
        assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    arguments = ["merge", *map(str, machines), "--output", str(tmp_path / "merged.json")]
    assert fetch.main(arguments) == 0
    assert (tmp_path / "merged.json").read_bytes() == machines[0].read_bytes()
    (tmp_path / "merged.json").unlink()
    for other in ("0" * 64, None):
        lock = json.loads(machines[1].read_text(encoding="utf-8"))
        lock["sha256"]["1.13.0"]["macos"] = other
        machines[1].write_text(json.dumps(lock), encoding="utf-8")
        assert fetch.main(arguments) == 1
        assert not (tmp_path / "merged.json").exists()
        said = capsys.readouterr().err
        assert f"Orthanc 1.13.0 for macos differs: its SHA-256 is {SHA256} in" in said
        assert f"but {other} in {machines[1]}" in said


def test_merge_command_refuses_a_single_machine(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, merged = tmp_path / "linux.json", tmp_path / "merged.json"
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    assert fetch.main(["merge", str(output), "--output", str(merged)]) == 1
    assert "Two machines must agree" in capsys.readouterr().err
    assert not merged.exists()

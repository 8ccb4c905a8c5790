# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orthanc_python import fetch, official_binaries
from orthanc_python.download import DownloadError

SCRIPT = b"#!/bin/sh\necho Orthanc 1.13.0\n"


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
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", f"http://127.0.0.1:{server.server_address[1]}/")
    yield root
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run these tests as if on Linux and x86-64."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def test_lock_file() -> None:
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
def test_addresses(monkeypatch: pytest.MonkeyPatch, key: str, url: str) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_MIRROR", "https://h")
    assert official_binaries.binary_url("1.2.3", key) == url


def test_platform_without_a_binary() -> None:
    with pytest.raises(official_binaries.NoOfficialBinary, match="linux-aarch64"):
        official_binaries.binary_url("1.13.0", "linux-aarch64")


def test_newest_version_is_not_the_last_in_the_alphabet(monkeypatch: pytest.MonkeyPatch) -> None:
    lock: dict[str, object] = {"sha256": {"1.9.1": {}, "1.12.10": {}, "1.12.9": {}}}
    monkeypatch.setattr(official_binaries, "read_lock", lambda: lock)
    assert official_binaries.newest_version() == "1.12.10"


def test_fetch(mirror: Path) -> None:
    assert official_binaries.kept() is None
    executable = official_binaries.fetch("1.13.0")
    assert executable.read_bytes() == SCRIPT
    assert os.access(executable, os.X_OK)
    assert official_binaries.kept("1.13.0") == executable


def test_unknown_checksum_is_remembered(mirror: Path, capsys: pytest.CaptureFixture[str]) -> None:
    executable = official_binaries.fetch("1.13.0")
    assert "checksum of this file was not known" in capsys.readouterr().err
    executable.unlink()
    for file in mirror.rglob("Orthanc*"):
        if file.is_file():
            file.write_bytes(b"something else")
    with pytest.raises(DownloadError, match="not the expected file"):
        official_binaries.fetch("1.13.0")
    assert not executable.exists()


def test_known_checksum(
    mirror: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = official_binaries.read_lock()
    lock["sha256"]["1.13.0"]["linux-x86_64"] = "0" * 64
    monkeypatch.setattr(official_binaries, "read_lock", lambda: lock)
    with pytest.raises(DownloadError, match="0" * 64):
        official_binaries.fetch("1.13.0")
    assert official_binaries.kept("1.13.0") is None


def test_version_that_is_not_published(mirror: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        official_binaries.fetch("9.9.9")


def test_lock_command(mirror: Path, tmp_path: Path) -> None:
    output = tmp_path / "lock.json"
    assert fetch.main(["lock", "1.13.0", "--output", str(output)]) == 0
    sums = json.loads(output.read_text(encoding="utf-8"))["sha256"]["1.13.0"]
    assert set(sums) == {"linux-x86_64", "macos", "windows-32", "windows-64"}
    assert len(set(sums.values())) == 1
    assert re.fullmatch("[0-9a-f]{64}", sums["macos"])


def test_lock_command_keeps_the_versions_that_it_cannot_reach(
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

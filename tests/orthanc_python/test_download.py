# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_python.download import DownloadError, RetryPolicy, Unreachable, download
from orthanc_python.server import free_port
from tests.support.servers import wait_for

from . import faulty_server as faulty
from .conftest import CONTENT
from .faulty_server import FaultyServer

DIGEST = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2
POLICY = RetryPolicy(first_pause=0, longest_pause=0, connect=2, stall=20)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file"


def assert_whole(target: Path) -> None:
    assert target.read_bytes() == CONTENT
    assert sorted(path.name for path in target.parent.iterdir()) == ["file", "file.lock"]


def assert_nothing(target: Path) -> None:
    assert [path.name for path in target.parent.iterdir()] == ["file.lock"]


def test_the_file_is_downloaded_and_verified(server: FaultyServer, target: Path) -> None:
    assert download(server.url, target, policy=POLICY) == DIGEST
    assert_whole(target)


def test_continues_where_the_connection_ended(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.drop_after(HALF)]
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)
    assert [request.get("Range") for request in server.requests] == [None, f"bytes={HALF}-"]


def test_many_interruptions_that_each_bring_something(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.drop_after(1000)] * (3 * POLICY.attempts)
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def test_interruptions_before_any_answer(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.drop_at_once, faulty.drop_at_once]
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def test_a_server_without_ranges_starts_again(server: FaultyServer, target: Path) -> None:
    server.ranges = False
    server.faults = [faulty.drop_after(HALF)]
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def test_server_that_never_gets_through_without_ranges(server: FaultyServer, target: Path) -> None:
    server.ranges = False
    server.always = faulty.drop_after(HALF)
    with pytest.raises(DownloadError, match=str(HALF)):
        download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert not target.exists()


def test_server_that_names_no_version_of_the_file(server: FaultyServer, target: Path) -> None:
    server.etag = ""
    server.faults = [faulty.drop_after(HALF)]
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)
    assert "Range" not in server.requests[1]


def test_file_that_changes_in_between(server: FaultyServer, target: Path) -> None:
    def change(handler: faulty.Handler) -> None:
        handler.serve(upto=HALF)
        server.etag = '"2"'
        server.content = CONTENT[::-1]

    server.faults = [change]
    download(server.url, target, policy=POLICY)
    assert target.read_bytes() == CONTENT[::-1]


def test_continued_at_the_wrong_place(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.drop_after(HALF), faulty.misplaced]
    download(server.url, target, policy=POLICY)
    assert_whole(target)


def test_part_that_is_longer_than_the_file(server: FaultyServer, target: Path) -> None:
    leave_part(server, target, CONTENT + b"more")
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def test_spoilt_part_is_not_kept(server: FaultyServer, target: Path) -> None:
    leave_part(server, target, b"x" * HALF)
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def test_part_of_another_address_is_not_continued(server: FaultyServer, target: Path) -> None:
    leave_part(server, target, b"x" * HALF, url=server.url + "/other")
    download(server.url, target, policy=POLICY)
    assert_whole(target)


def leave_part(server: FaultyServer, target: Path, content: bytes, url: str | None = None) -> None:
    target.parent.mkdir()
    target.with_name("file.part").write_bytes(content)
    note = {"url": url or server.url, "validator": server.etag}
    target.with_name("file.part.json").write_text(json.dumps(note), encoding="utf-8")


def test_a_wrong_size_is_an_error(server: FaultyServer, target: Path) -> None:
    server.always = faulty.announce(len(CONTENT) + 10)
    with pytest.raises(DownloadError, match=str(len(CONTENT))):
        download(server.url, target, policy=POLICY)
    assert not target.exists()


def test_a_response_without_a_length_is_complete(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.without_length(upto=HALF), faulty.without_length()]
    download(server.url, target, policy=POLICY)
    assert_whole(target)


def test_a_wrong_checksum_is_an_error(server: FaultyServer, target: Path) -> None:
    with pytest.raises(DownloadError, match=f"{DIGEST}, not {'0' * 64}"):
        download(server.url, target, sha256="0" * 64, policy=POLICY)
    assert_nothing(target)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_refusal_is_not_retried(server: FaultyServer, target: Path, code: int) -> None:
    server.always = faulty.status(code)
    with pytest.raises(DownloadError, match=f"{server.url}: the server answers {code}"):
        download(server.url, target, policy=POLICY)
    assert_nothing(target)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_temporary_error_is_retried(server: FaultyServer, target: Path, code: int) -> None:
    server.faults = [faulty.status(code, Retry_After="3600"), faulty.status(code)]
    download(server.url, target, policy=POLICY)
    assert_whole(target)


def test_a_permanent_error_ends_after_all_attempts(server: FaultyServer, target: Path) -> None:
    server.always = faulty.status(503)
    with pytest.raises(DownloadError, match="answers 503"):
        download(server.url, target, policy=POLICY)
    assert len(server.requests) == POLICY.attempts


def test_a_redirection_is_followed(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.status(302, Location="/moved")]
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert [request["path"] for request in server.requests] == ["/file", "/moved"]
    assert_whole(target)


def test_endless_redirects_fail(server: FaultyServer, target: Path) -> None:
    server.always = faulty.status(302, Location="/file")
    with pytest.raises(DownloadError, match=server.url):
        download(server.url, target, policy=POLICY)


def test_a_slow_download_completes(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.trickle(4096)]
    download(server.url, target, policy=POLICY)
    assert_whole(target)
    assert len(server.requests) == 1


# trickle(256) needs two seconds
TOO_SLOW = RetryPolicy(attempts=3, first_pause=0, stall=1, slowest=10**9)


def test_a_stalled_download_is_retried(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.trickle(256)]
    download(server.url, target, sha256=DIGEST, policy=TOO_SLOW)
    assert_whole(target)
    assert len(server.requests) > 1


def test_a_download_that_always_stalls_fails(server: FaultyServer, target: Path) -> None:
    server.ranges = False
    server.always = faulty.trickle(256)
    with pytest.raises(DownloadError, match="bytes came in"):
        download(server.url, target, policy=TOO_SLOW)
    assert not target.exists()


def test_a_silent_connection_is_retried(server: FaultyServer, target: Path) -> None:
    server.faults = [faulty.stall_after(HALF)]
    policy = RetryPolicy(first_pause=0, stall=1, slowest=0)
    download(server.url, target, sha256=DIGEST, policy=policy)
    assert_whole(target)
    assert len(server.requests) > 1


def test_a_closed_port_is_reported(target: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/file"
    with pytest.raises(Unreachable, match=f"{url}: Connection refused"):
        download(url, target, policy=POLICY)


def test_an_unknown_host_is_named(target: Path) -> None:
    with pytest.raises(Unreachable, match=r"nowhere\.invalid"):
        download("http://nowhere.invalid/file", target, policy=POLICY)


def test_a_text_that_is_no_address_is_named(target: Path) -> None:
    with pytest.raises(DownloadError, match="no-scheme"):
        download("no-scheme/file", target, policy=POLICY)


def test_present_file_is_not_downloaded_again(server: FaultyServer, target: Path) -> None:
    for _ in range(2):
        assert download(server.url, target, sha256=DIGEST, policy=POLICY) == DIGEST
    assert len(server.requests) == 1


def test_present_file_that_is_another_one(server: FaultyServer, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"something else")
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)


def start(url: str, target: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path; from orthanc_python.download import download;"
        "download(sys.argv[1], Path(sys.argv[2]))"
    )
    return subprocess.Popen([sys.executable, "-c", code, url, str(target)], env=environment)


def test_a_killed_download_is_resumed(
    server: FaultyServer, target: Path, environment: dict[str, str]
) -> None:
    server.faults = [faulty.stall_after(HALF)]
    process = start(server.url, target, environment)
    part = target.with_name("file.part")
    wait_for(lambda: part.exists() and part.stat().st_size > 0, "the first bytes")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not target.exists()
    download(server.url, target, sha256=DIGEST, policy=POLICY)
    assert_whole(target)
    assert "Range" in server.requests[1]


def test_two_processes_at_once(
    server: FaultyServer, target: Path, environment: dict[str, str]
) -> None:
    server.faults = [faulty.stall_after(HALF)]
    processes = [start(server.url, target, environment) for _ in range(2)]
    wait_for(lambda: server.sent >= HALF, "the first half")
    server.paused.set()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert_whole(target)
    assert [request.get("Range") for request in server.requests] == [None, f"bytes={HALF}-"]

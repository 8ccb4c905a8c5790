# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Streaming a body takes bounded memory: the faster side waits for the slower one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen, wait_for

pytestmark = pytest.mark.chroot

SCRIPT = """
import os
import threading
import orthanc
from recorder import answer, record, route

PIECE = os.urandom(1 << 20)  # compressible data would be no measure
made = 0
gate = threading.Event()


@route('/download/([0-9]+)')
def download(output, uri, **request):
    def pieces():
        global made
        for made in range(1, int(request['groups'][0]) + 1):
            yield PIECE
    output.Stream(pieces(), 'application/octet-stream')


@route('/made')
def progress(output, uri, **request):
    answer(output, made)


@route('/whole/([0-9]+)')
def whole(output, uri, **request):
    output.AnswerBuffer(PIECE * int(request['groups'][0]), 'application/octet-stream')


def upload(output, uri, *, body, **request):
    answer(output, sum(map(len, body)))


def slow(output, uri, *, body, **request):
    record('slow', len(body.read(1)))
    gate.wait()
    answer(output, 1 + sum(map(len, body)))


orthanc.RegisterChunkedRestCallback('/upload', upload)
orthanc.RegisterChunkedRestCallback('/slow', slow)


@route('/open')
def open_gate(output, uri, **request):
    gate.set()
    answer(output, None)


@route('/fetch')
def fetch(output, uri, **request):
    sizes = []
    orthanc.ChunkedHttpClient(orthanc.HttpMethod.GET, request['body'].decode(),
                              answer=lambda piece: sizes.append(len(piece)))
    answer(output, sum(sizes))


@route('/send/([0-9]+)')
def send(output, uri, **request):
    received = []
    orthanc.ChunkedHttpClient(orthanc.HttpMethod.PUT, request['body'].decode(),
                              request=(PIECE for _ in range(int(request['groups'][0]))),
                              answer=received.append)
    output.AnswerBuffer(b''.join(received), 'application/json')
"""

MEGABYTE = 1 << 20
COUNT = 1024  # megabytes that are sent
ALLOWED = 40  # megabytes of memory for the data in transit, in several threads
HELD = 256  # megabytes that the control keeps in memory
STALLED = 64  # megabytes that are sent while one side waits


@pytest.fixture
def server(orthanc: Servers) -> Orthanc:
    server = orthanc(SCRIPT, debian="sid")
    pass_once(server)  # the first use creates buffers and threads and imports modules
    return server


def pass_once(server: Orthanc) -> None:
    download(server, 4)
    server.put("/upload", megabytes(4))
    server.post("/fetch", f"{server.url}/download/4")
    server.post("/send/4", f"{server.url}/upload")


def download(server: Orthanc, count: int) -> int:
    with server.get(f"/download/{count}", stream=True) as answer:
        return sum(len(piece) for piece in answer.iter_content(MEGABYTE))


def megabytes(count: int) -> Iterator[bytes]:
    piece = os.urandom(MEGABYTE)
    for _ in range(count):
        yield piece


def memory(server: Orthanc, field: str) -> float:
    """VmRSS (now) or VmHWM (at most since `forget_peak`) of Orthanc, in megabytes."""
    for line in Path(f"/proc/{server.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise AssertionError(field)


def forget_peak(server: Orthanc) -> float:
    Path(f"/proc/{server.pid}/clear_refs").write_text("5", encoding="ascii")
    return memory(server, "VmRSS")


def test_the_measurement_sees_a_body_that_is_held(server: Orthanc) -> None:
    """The control: a response in one piece takes as much memory as its size."""
    before = forget_peak(server)
    assert len(server.get(f"/whole/{HELD}").content) == HELD * MEGABYTE
    assert memory(server, "VmHWM") - before > HELD * 0.9


def test_a_streamed_answer_is_not_held_in_memory(server: Orthanc) -> None:
    before = forget_peak(server)
    assert download(server, COUNT) == COUNT * MEGABYTE
    assert memory(server, "VmHWM") - before < ALLOWED


def test_an_upload_is_not_held_in_memory(server: Orthanc) -> None:
    before = forget_peak(server)
    assert server.put("/upload", megabytes(COUNT)).json() == COUNT * MEGABYTE
    assert memory(server, "VmHWM") - before < ALLOWED


def test_chunked_client_does_not_hold_bodies_in_memory(server: Orthanc) -> None:
    before = forget_peak(server)
    received = server.post("/fetch", f"{server.url}/download/{COUNT}").json()
    sent = server.post(f"/send/{COUNT}", f"{server.url}/upload").json()
    assert received == sent == COUNT * MEGABYTE
    assert memory(server, "VmHWM") - before < ALLOWED


def test_a_slow_reader_holds_the_generator_back(server: Orthanc) -> None:
    with server.get(f"/download/{COUNT}", stream=True) as answer:
        assert answer.raw.read(MEGABYTE)
        stalled = wait_until_still(lambda: int(server.get("/made").json()))
        assert stalled < STALLED
        assert sum(len(piece) for piece in answer.iter_content(MEGABYTE)) == (COUNT - 1) * MEGABYTE


def test_a_slow_script_holds_the_client_back(server: Orthanc) -> None:
    sent = 0

    def counted() -> Iterator[bytes]:
        nonlocal sent
        for piece in megabytes(COUNT):
            sent += 1
            yield piece

    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(server.put("/slow", counted()).json()))
    thread.start()
    wait_for(lambda: ["slow", 1] in seen(server), "the first byte")
    assert wait_until_still(lambda: sent) < STALLED
    server.get("/open")
    thread.join()
    assert results == [COUNT * MEGABYTE]


def wait_until_still(count: Callable[[], int]) -> int:
    """The value of `count` once ten readings in a row are equal."""
    last, same = -1, 0
    while same < 10:
        threading.Event().wait(0.05)
        value = count()
        same = same + 1 if value == last else 0
        last = value
    return last

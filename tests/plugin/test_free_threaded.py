# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Python without the GIL, which stays off, so that requests run in parallel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support import dicom, free_threaded, pythons
from tests.support.servers import Servers, check_end, reset, seen

from ..robustness.shared_objects import SCRIPT as SHARED
from ..robustness.support import request_in_background

SCRIPT = """
import asyncio
import sys
import threading
import time
import numpy
import orthanc
import PIL.Image
import pydicom
import requests
from recorder import answer, route

total = 0
lock = threading.Lock()
inside = 0
local = threading.local()

@route('/gil')
def on_gil(output, uri, **request):
    picture = PIL.Image.fromarray(numpy.ones((4, 4), dtype=numpy.uint8))
    pydicom.Dataset().PatientID = 'X'
    answer(output, [sys._is_gil_enabled(), picture.size])

@route('/count')
def on_count(output, uri, **request):
    global total
    local.count = getattr(local, 'count', 0) + 1
    orthanc.RestApiGet('/system')
    image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 8, 8)
    with lock:
        total += image.GetImageWidth()
    output.AnswerBuffer('', 'text/plain')

@orthanc.route('/async-count')
async def on_async_count(request):
    global total
    await asyncio.gather(orthanc.aio.RestApiGet('/system'), asyncio.sleep(0))
    with lock:
        total += 1

@route('/total')
def on_total(output, uri, **request):
    answer(output, total)

@route('/spin')
def on_spin(output, uri, **request):
    # computes until there are two of it: with a GIL, nobody else would come in meanwhile
    global inside
    sys.setswitchinterval(1000)
    with lock:
        inside += 1
    end = time.monotonic() + 30
    while inside < 2 and time.monotonic() < end:
        pass
    answer(output, inside)

def compute_for_ever():
    while True:
        sum(range(1000))

@route('/endless')
def on_endless(output, uri, **request):
    print('COMPUTING', flush=True)
    compute_for_ever()

class Listener:
    count = 0

def on_change(change, level, resource):
    with lock:
        Listener.count += 1

orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(lambda dicom, identifier: dicom.GetInstanceSize())
"""


@pytest.fixture
def server(orthanc: Servers, universal_plugin: Path) -> Orthanc:
    environment = pythons.environment(free_threaded.python())
    section = {"VirtualEnv": str(environment), "StopTimeout": 6, "Watchdog": 4}
    return orthanc(SCRIPT, plugin=universal_plugin, config={"Python": section})


def together(count: int, function: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(function, range(count)))


def test_the_gil_stays_off(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    """It stays off after all imports and uses, and after resets."""
    files = [dicom_file(PatientID=str(number)).read_bytes() for number in range(8)]

    def upload(number: int) -> None:
        server.post("/instances", data=files[number]).raise_for_status()

    for _ in range(3):
        assert server.get("/gil").json() == [False, [4, 4]]
        assert {r.status_code for r in together(200, lambda _: server.get("/count"))} == {200}
        answers = together(100, lambda _: server.get("/async-count"))
        assert {answer.status_code for answer in answers} == {204}
        assert server.get("/total").json() == 200 * 8 + 100
        together(8, upload)
        assert server.get("/gil").json()[0] is False
        reset(server)
    assert "free-threaded" in server.log
    assert "The global interpreter lock (GIL) has been enabled" not in server.log


def test_threads_share_objects(orthanc: Servers, universal_plugin: Path) -> None:
    """Instances, images and responses, each used by all threads at once."""
    section = {"VirtualEnv": str(pythons.environment(free_threaded.python()))}
    server = orthanc(SHARED, plugin=universal_plugin, config={"Python": section})
    frames = b"".join(bytes([number]) * 32 * 32 for number in range(8))
    file = dicom.encode(dicom.image(rows=32, columns=32, pixels=frames, NumberOfFrames="8"))
    for _ in range(5):
        assert "false" not in server.post("/instances-of-the-script", file, timeout=120).text
        assert "false" not in server.get("/image").text
        assert server.get("/headers").headers["X-3-19"] == "yes"
        assert server.post("/instances", file).status_code == 200
    rows = [row for row in seen(server) if row[0] == "stored"]
    assert len(rows) == 5 and all(all(row[1]) for row in rows)


def test_two_requests_compute_at_the_same_time(server: Orthanc) -> None:
    assert [r.json() for r in together(2, lambda _: server.get("/spin"))] == [2, 2]


def test_a_callback_that_computes_is_named_and_interrupted(server: Orthanc) -> None:
    """The plugin reads the stack while the callback runs."""
    client = request_in_background(server, "/endless")
    server.wait_for_log("COMPUTING")
    server.wait_for_log("Watchdog: the REST callback")
    server.wait_for_log(r'File ".*script.py", line \d+ in compute_for_ever')
    server.stop()
    client.join()
    check_end(server)
    assert "SystemExit is raised in it" in server.log
    assert "OrthancStopping" in server.log

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""POST /tools/reset again and again, with the packages that do not survive a second Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orthanc_python.server import Orthanc
from tests.support import pythons
from tests.support.servers import Servers, check_end, reset, wait_for

SCRIPT = """
import http.server
import io
import sys
import threading
import numpy
import orthanc
import PIL.Image
import pydicom
import requests
from recorder import answer, outcome, route

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(orthanc.RestApiGet('/statistics'))

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, name='web', daemon=True).start()

class State:
    count = 0

def work():
    try:
        while True:
            orthanc.RestApiGet('/system')
    except orthanc.OrthancException as error:
        sys.stdout.write(f'REFUSED: {error.args[1]}\\n')  # in one piece

def tick():
    global timer
    State.count += 1
    timer = threading.Timer(0.01, tick)
    timer.daemon = True
    timer.start()

def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        threading.Thread(target=work, daemon=True).start()
        tick()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        timer.cancel()
        server.shutdown()
        server.server_close()

orthanc.RegisterOnChangeCallback(on_change)

@route('/state')
def on_state(output, uri, **request):
    image = PIL.Image.fromarray(numpy.ones((4, 4), dtype=numpy.uint8))
    picture = io.BytesIO()
    image.save(picture, 'PNG')
    web = requests.get(f'http://127.0.0.1:{server.server_port}/', timeout=30)
    names = [thread.name for thread in threading.enumerate()]
    answer(output, [
        float(numpy.linalg.norm(numpy.eye(3)[0])),
        len(picture.getvalue()) > 20,
        pydicom.dataset.Dataset() == pydicom.dataset.Dataset(),
        web.json()['CountInstances'],
        names.count('web'),
    ])
"""


@pytest.mark.parametrize(
    "python",
    [python for python in pythons.shared() if python.minor in ("3.9", "3.11", "3.13")],
    ids=lambda python: python.name,
)
def test_resets_work_again_and_again(
    orthanc: Servers, python: pythons.Python, universal_plugin: Path
) -> None:
    environment = pythons.environment(python)
    server = orthanc(
        SCRIPT, plugin=universal_plugin, config={"Python": {"VirtualEnv": str(environment)}}
    )
    counts = []
    expected = [1.0, True, True, 0, 1]
    for number in range(11):
        # the thread "web" of the old script may still be about to end
        wait_for(lambda: answer(server, "/state") == expected, f"the state {expected}")
        counts.append(psutil.Process(server.pid).num_threads())
        if number < 10:
            reset(server)
            wait_for(
                lambda count=number + 1: server.log.count("REFUSED: ") == count,  # type: ignore[misc]
                "the error in the thread",
            )
    # Orthanc's own threads vary in number; threads of ten scripts would be more
    assert counts[-1] <= counts[0] + 5
    assert server.log.count("REFUSED: Orthanc is stopping") == 10
    server.stop()
    check_end(server)


def answer(server: Orthanc, path: str) -> Any:
    try:
        response = server.get(path)
    except OSError:
        return None
    return response.json() if response.status_code == 200 else None


def test_resets_free_objects(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    """Each reset frees the objects of the old script's modules."""
    server = orthanc(
        """
        import gc
        import orthanc
        from recorder import answer, route

        class Large:
            def __init__(self):
                self.image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 1000, 1000)
                self.data = bytearray(10000000)
                self.cycle = self

        large = Large()

        @route('/large')
        def on_large(output, uri, **request):
            objects = [o for o in gc.get_objects() if type(o).__name__ == 'Large']
            answer(output, len(objects))
        """
    )
    for _ in range(3):
        reset(server)
        assert wait_for(lambda: answer(server, "/large"), "the script") == 1

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parts that the storage areas of the tests share."""

from __future__ import annotations

from pathlib import Path

from orthanc_python.server import Orthanc

COMMON = """
import json
import os
import orthanc
from recorder import outcome, record, route

FOLDER = json.loads(orthanc.GetConfiguration())['StorageDirectory'] + '/area'
os.makedirs(FOLDER, exist_ok=True)
FAIL = set()


def place(uuid, kind):
    return os.path.join(FOLDER, f'{uuid}-{kind}')


@route('/fail/(.+)')
def fail(output, uri, **request):
    FAIL.clear()
    FAIL.add(request['groups'][0])
    output.AnswerBuffer('', 'text/plain')


@route('/file/(.+)')
def read_in_python(output, uri, **request):
    data = orthanc.GetDicomForInstance(request['groups'][0])
    data2 = orthanc.RestApiGet(f"/instances/{request['groups'][0]}/file")
    assert data == data2
    output.AnswerBuffer(data, 'application/dicom')
"""

# Orthanc would otherwise answer from its cache instead of reading the storage area.
CONFIG = {"MaximumStorageCacheSize": 0, "StorageCompression": False}


def files(server: Orthanc, storage: Path | None = None) -> list[Path]:
    """The files that a script has written."""
    return sorted(((storage or server.directory / "storage") / "area").iterdir())


def upload(server: Orthanc, path: Path) -> str:
    answer = server.post("/instances", data=path.read_bytes())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def fail(server: Orthanc, what: str) -> None:
    """Let the script fail from now on; "nothing" ends the failures."""
    assert server.get(f"/fail/{what}").status_code == 200

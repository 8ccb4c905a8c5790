# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Upload and download files of any size in chunks: a file is never complete in memory.

If the client sends a chunked upload, as curl does with the option below, Orthanc passes on each
chunk as it arrives. Otherwise Orthanc waits for the whole body. Needs Orthanc 1.12.6.

Run:  orthanc-python run examples/large_files.py
Try:  curl -T large.zip -H "Transfer-Encoding: chunked" http://127.0.0.1:8042/files/large.zip
      curl http://127.0.0.1:8042/files/large.zip -o copy.zip
      curl http://127.0.0.1:8042/files
      curl -X DELETE http://127.0.0.1:8042/files/large.zip
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import orthanc

SETTINGS: dict[str, Any] = json.loads(orthanc.GetConfiguration()).get("LargeFiles", {})
FOLDER = Path(SETTINGS.get("Folder", "large-files")).absolute()
FOLDER.mkdir(exist_ok=True)


def store(name: str, body: orthanc.UploadBody) -> None:
    with tempfile.NamedTemporaryFile(dir=FOLDER, prefix=".", delete=False) as file:
        try:
            shutil.copyfileobj(body, file, 1 << 20)
        except BaseException:  # such as ConnectionAbortedError: the client has disconnected
            os.unlink(file.name)
            raise
    os.replace(file.name, FOLDER / name)


def serve(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    (name,) = request["groups"]
    path = FOLDER / name
    if request["method"] == "PUT":
        store(name, request["body"])
        output.SendHttpStatusCode(201)
    elif request["method"] == "POST":
        output.SendMethodNotAllowed("GET,PUT,DELETE")
    elif not path.is_file():
        output.SendHttpStatusCode(404)
    elif request["method"] == "DELETE":
        path.unlink()
        output.AnswerBuffer("", "text/plain")
    else:
        with path.open("rb") as file:
            output.Stream(file, orthanc.AutodetectMimeType(name) or "application/octet-stream")


def overview(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    files = {p.name: p.stat().st_size for p in FOLDER.iterdir() if not p.name.startswith(".")}
    output.AnswerBuffer(json.dumps(files), "application/json")


orthanc.RegisterChunkedRestCallback("/files/([A-Za-z0-9_][A-Za-z0-9_.-]*)", serve)
orthanc.RegisterRestCallback("/files", overview)

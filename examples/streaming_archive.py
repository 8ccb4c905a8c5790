# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Respond chunk by chunk: a ZIP of a study that is never complete in memory.

Orthanc creates the archive while it sends it. The script reads the archive over HTTP with an
authorization token and passes each chunk on. Needs Orthanc 1.12.6.

Run:  orthanc-python run examples/streaming_archive.py
Try:  curl http://127.0.0.1:8042/studies/ID/my-archive --output study.zip
"""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import orthanc

CONFIGURATION: dict[str, Any] = json.loads(orthanc.GetConfiguration())
SCHEME = "https" if CONFIGURATION.get("SslEnabled") else "http"
URL = f"{SCHEME}://127.0.0.1:{CONFIGURATION.get('HttpPort', 8042)}"
TOKEN = orthanc.GenerateRestApiAuthorizationToken()
CHUNK = 64 * 1024


def archive(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (study_id,) = request["groups"]
    source = Request(f"{URL}/studies/{study_id}/archive", headers={"Authorization": TOKEN})
    try:
        answer = urlopen(source, timeout=60)
    except HTTPError as error:
        # The status can be set only before the first chunk.
        output.SendHttpStatusCode(error.code)
        return
    with answer:
        output.SetHttpHeader("Content-Disposition", f'attachment; filename="{study_id}.zip"')
        output.StartStreamAnswer("application/zip")
        while chunk := answer.read(CHUNK):
            output.SendStreamChunk(chunk)


orthanc.RegisterRestCallback("/studies/([^/]+)/my-archive", archive)

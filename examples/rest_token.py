# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Let other processes use the REST API of this Orthanc, even if it requires a password.

The token gives full access until Orthanc stops: pass it only to processes that you trust.

Run:  orthanc-python run examples/rest_token.py
Try:  curl http://127.0.0.1:8042/count
"""

from __future__ import annotations

import json
import multiprocessing
from typing import Any

import orthanc
import rest_token_worker

CONFIGURATION: dict[str, Any] = json.loads(orthanc.GetConfiguration())
SCHEME = "https" if CONFIGURATION.get("SslEnabled") else "http"
URL = f"{SCHEME}://127.0.0.1:{CONFIGURATION.get('HttpPort', 8042)}"
TOKEN = orthanc.GenerateRestApiAuthorizationToken()
POOL = multiprocessing.Pool(2, initializer=rest_token_worker.initialize)


def count(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    answer = POOL.apply(rest_token_worker.count_instances, (URL, TOKEN))
    output.AnswerBuffer(json.dumps(answer), "application/json")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        POOL.terminate()
        POOL.join()


orthanc.RegisterRestCallback("/count", count)
orthanc.RegisterOnChangeCallback(on_change)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replace routes of Orthanc: here, to refuse uploads and deletions.

The routes of a script take precedence over Orthanc's routes. `RestApiGet` calls Orthanc's own
route, so the script can still use a route that it replaces.

Run:  orthanc-python run examples/rest_override.py
Try:  curl http://127.0.0.1:8042/instances
      curl -i http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orthanc


def only_get(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        orthanc.LogWarning(f"{request['method']} {uri} was refused")
        output.SendMethodNotAllowed("GET")
        return
    query = urlencode(request["get"])
    output.AnswerBuffer(
        orthanc.RestApiGet(f"{uri}?{query}" if query else uri),
        "application/json",
    )


orthanc.RegisterRestCallback("/instances", only_get)
orthanc.RegisterRestCallback("/(patients|studies|series|instances)/[^/]+", only_get)

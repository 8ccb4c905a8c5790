# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Let a web service allow or refuse each HTTP request.

`orthanc.http` uses the proxy and the certificate authorities of Orthanc's configuration.
authorization_server.py is such a service. Set its address in orthanc.json:

    "Authorization": {"Url": "http://127.0.0.1:8000/authorize", "Timeout": 5}

Run:  python3 examples/authorization_server.py
      orthanc-python run examples/authorization_service.py
Try:  curl -i http://127.0.0.1:8042/system
      curl -i http://127.0.0.1:8042/system -H 'Authorization: Bearer reader'
"""

from __future__ import annotations

import json
from typing import Any

import orthanc

SETTINGS: dict[str, Any] = json.loads(orthanc.GetConfiguration()).get("Authorization", {})
URL: str = SETTINGS.get("Url", "http://127.0.0.1:8000/authorize")
TIMEOUT: int = SETTINGS.get("Timeout", 5)  # seconds

METHODS = {
    orthanc.HttpMethod.GET: "GET",
    orthanc.HttpMethod.POST: "POST",
    orthanc.HttpMethod.PUT: "PUT",
    orthanc.HttpMethod.DELETE: "DELETE",
}


def is_allowed(uri: str, **request: Any) -> bool:
    question = {
        "uri": uri,
        "method": METHODS[request["method"]],
        "ip": request["ip"],
        "headers": request["headers"],
    }
    try:
        answer = orthanc.http.post(URL, json=question, timeout=TIMEOUT).raise_for_status()
        return answer.json()["granted"] is True
    except (orthanc.OrthancException, ValueError, KeyError, TypeError) as error:
        # Without a valid response, refuse.
        orthanc.LogError(f"The authorization service failed: {error!r}")
        return False


orthanc.RegisterIncomingHttpRequestFilter(is_allowed)

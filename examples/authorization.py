# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Allow or refuse each HTTP request: everyone may read, only some may write.

A client that sends the secret may do everything. If no secret is configured, no client can write:

    "Authorization": {"Secret": "${ORTHANC_SECRET}"}

Run:  ORTHANC_SECRET=open-sesame orthanc-python run examples/authorization.py --config orthanc.json
Try:  curl -i -X DELETE http://127.0.0.1:8042/studies/ID
      curl -i -X DELETE http://127.0.0.1:8042/studies/ID -H 'X-Secret: open-sesame'
"""

from __future__ import annotations

import hmac
import json
from typing import Any

import orthanc

SECRET: str = json.loads(orthanc.GetConfiguration()).get("Authorization", {}).get("Secret", "")


def is_allowed(uri: str, **request: Any) -> bool:
    """Return a Boolean: False makes Orthanc respond 403 Forbidden."""
    if request["method"] == orthanc.HttpMethod.GET:
        return True
    given = request["headers"].get("x-secret", "")
    if SECRET and hmac.compare_digest(given.encode(), SECRET.encode()):
        return True
    orthanc.LogWarning(f"Refused to {request['ip']}: {uri}")
    return False


orthanc.RegisterIncomingHttpRequestFilter(is_allowed)

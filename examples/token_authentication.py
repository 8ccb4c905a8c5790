# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Let in who brings a JSON Web Token, and know who it is. Needs Orthanc 1.12.9.

The tokens are signed by a service that shares a secret of 32 bytes or more with Orthanc, and carry
a name ("sub"), a time ("exp") and a "role": "reader" or "editor".

    "Tokens": {"Secret": "${TOKEN_SECRET}"}

Run:  orthanc-python run examples/token_authentication.py --config orthanc.json
Try:  curl -i http://127.0.0.1:8042/whoami
      curl -i http://127.0.0.1:8042/whoami -H "Authorization: Bearer $TOKEN"
"""

from __future__ import annotations

import json
from typing import Any

import jwt
import orthanc

SECRET: str = json.loads(orthanc.GetConfiguration())["Tokens"]["Secret"]


def claims_of(headers: dict[str, str]) -> dict[str, Any]:
    """What the token tells; raises InvalidTokenError."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise jwt.InvalidTokenError("no token")
    claims: dict[str, Any] = jwt.decode(
        token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]}
    )
    return claims


def authenticate(uri: str, *, headers: dict[str, str], **request: Any) -> Any:
    """Who is it? 401 for everyone without a good token, whatever the URI."""
    try:
        claims = claims_of(headers)
    except jwt.InvalidTokenError as error:
        orthanc.LogWarning(f"Refused: {uri}: {error}")
        return orthanc.HttpAuthenticationStatus.UNAUTHORIZED
    return orthanc.HttpAuthenticationStatus.GRANTED, json.dumps(claims).encode()


def authorize(uri: str, *, method: int, headers: dict[str, str], **request: Any) -> bool:
    """May they do it? Called after the authentication: 403 for readers that want to write."""
    return method == orthanc.HttpMethod.GET or claims_of(headers).get("role") == "editor"


def on_whoami(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    claims = json.loads(request["authentication_payload"])
    orthanc.EmitAuditLog(
        "token_authentication", claims["sub"], orthanc.ResourceType.NONE, "", "whoami", None
    )
    output.AnswerBuffer(json.dumps(claims), "application/json")


def on_audit(
    source: str, user: str, resource_type: int, resource_id: str, action: str, data: bytes
) -> None:
    """Whatever this and other plugins report ends up here."""
    orthanc.LogWarning(f"Audit: {user}: {action} {resource_id}")


orthanc.RegisterHttpAuthentication(authenticate)
orthanc.RegisterIncomingHttpRequestFilter(authorize)
orthanc.RegisterAuditLogHandler(on_audit)
orthanc.RegisterRestCallback("/whoami", on_whoami)

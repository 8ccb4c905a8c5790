# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Authenticate users by JSON Web Tokens, and log their names. Needs Orthanc 1.12.9.

A service that shares a secret of 32 bytes or more with Orthanc signs the tokens. A token has
a name ("sub"), an expiry time ("exp") and a "role": "reader" or "editor".

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
    """Return the claims of the token, or raise InvalidTokenError."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise jwt.InvalidTokenError("no token")
    claims: dict[str, Any] = jwt.decode(
        token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]}
    )
    return claims


def authenticate(uri: str, *, headers: dict[str, str], **request: Any) -> Any:
    """Identify the user; requests without a valid token get 401, for every URI."""
    try:
        claims = claims_of(headers)
    except jwt.InvalidTokenError as error:
        orthanc.LogWarning(f"Refused: {uri}: {error}")
        return orthanc.HttpAuthenticationStatus.UNAUTHORIZED
    return orthanc.HttpAuthenticationStatus.GRANTED, json.dumps(claims).encode()


def authorize(uri: str, *, method: int, headers: dict[str, str], **request: Any) -> bool:
    """Allow or refuse, after the authentication: readers that try to write get 403."""
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
    """Log the audit events that this and other plugins report."""
    orthanc.LogWarning(f"Audit: {user}: {action} {resource_id}")


orthanc.RegisterHttpAuthentication(authenticate)
orthanc.RegisterIncomingHttpRequestFilter(authorize)
orthanc.RegisterAuditLogHandler(on_audit)
orthanc.RegisterRestCallback("/whoami", on_whoami)

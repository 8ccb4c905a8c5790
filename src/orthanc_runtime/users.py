# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The user who sends an HTTP request.

Orthanc tells plugins neither the user nor whether it has checked a password: several settings, and
the callback for authentication of any plugin, decide that. So the credentials of a request are
compared with the configured ones, as Orthanc does it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

_BASIC = "Basic "

_orthanc: Any = None
_users: dict[str, str] | None = None  # by the value of the header that proves them


def name_of(module: Any, headers: Mapping[str, str], payload: bytes | None) -> str | None:
    """The authenticated user of a request, None if nothing proves who it is.

    `headers` have names in lower case. `payload` is the one that the script's callback of
    RegisterHttpAuthentication returned, the name in UTF-8.
    """
    if payload is not None:
        return _decode(payload)
    credentials = headers.get("authorization", "")
    if not credentials.startswith(_BASIC):
        return None
    return _configured(module).get(credentials)


def _decode(payload: bytes) -> str | None:
    try:
        name = payload.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return name if name and name.isprintable() else None


def _configured(module: Any) -> dict[str, str]:
    """The users of Orthanc's configuration; none if Orthanc checks no password."""
    global _orthanc, _users
    if _users is None or module is not _orthanc:
        _users = users_of(json.loads(module.GetConfiguration()))
        _orthanc = module
    return _users


def users_of(configuration: Mapping[str, Any]) -> dict[str, str]:
    """The users of a configuration, by the value of their header Authorization."""
    remote = configuration.get("RemoteAccessAllowed", False)
    if not configuration.get("AuthenticationEnabled", remote):
        return {}
    users: dict[str, str] = configuration.get("RegisteredUsers", {})
    if not users and remote:
        users = {"orthanc": "orthanc"}  # Orthanc's default user, before 1.13.0
    return {_BASIC + _encode(name, password): name for name, password in users.items()}


def _encode(name: str, password: str) -> str:
    text = f"{name}:{password}".encode("utf-8", "surrogateescape")
    return base64.b64encode(text).decode("ascii")

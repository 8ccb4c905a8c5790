# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Detect configurations that give every machine access to the REST API, and so to all data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .configuration_files import Problem

# Passwords from the manuals of Orthanc, or commonly guessed ones
_WELL_KNOWN = {"admin", "alicepassword", "changeme", "demo", "orthanc", "password", "12345678"}


def is_open_on_purpose(config: Mapping[str, Any]) -> bool:
    """Whether the configuration explicitly disables the password."""
    return _is_reachable(config) and config.get("AuthenticationEnabled") is False


def open_access(config: Mapping[str, Any], empty: Collection[str] = ()) -> Problem | None:
    """Why any other machine could log in; None if passwords prevent it.

    `empty` names the variables of the configuration that are not set.
    """
    if not _is_reachable(config) or is_open_on_purpose(config):
        return None
    users = config.get("RegisteredUsers")
    if not isinstance(users, dict) or not users:
        return Problem(
            "RemoteAccessAllowed is true and RegisteredUsers is empty; "
            'Orthanc would let in the user "orthanc" with the password "orthanc"',
            'Add "RegisteredUsers": {"orthanc": "${ORTHANC_PASSWORD}"} to the configuration, '
            "and set ORTHANC_PASSWORD.",
        )
    for user, password in users.items():
        weakness = _weakness(user, password)
        if weakness:
            names = ", ".join(empty) or "another password in RegisteredUsers"
            found = f'RemoteAccessAllowed is true and the password of the user "{user}" {weakness}'
            return Problem(found, f"Set {names}.")
    return None


def _is_reachable(config: Mapping[str, Any]) -> bool:
    http = config.get("HttpServerEnabled") is not False
    return http and config.get("RemoteAccessAllowed", False) is not False


def _weakness(user: str, password: object) -> str:
    text = str(password).strip().lower()
    if not isinstance(password, str) or not text:
        return "is empty"
    if text in _WELL_KNOWN or text == user.lower():
        return "is well known"
    return ""

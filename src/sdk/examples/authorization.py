# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: authorization and audit log."""

from __future__ import annotations

import orthanc


def RegisterHttpAuthentication(users: dict[str, str]) -> None:
    def authenticate(uri, *, headers, **request):
        user = users.get(headers.get("x-token", ""))
        if user is None:
            return orthanc.HttpAuthenticationStatus.UNAUTHORIZED
        return orthanc.HttpAuthenticationStatus.GRANTED, user.encode()

    orthanc.RegisterHttpAuthentication(authenticate)


def RegisterIncomingHttpRequestFilter() -> None:
    def allow(uri, **request):
        return request["method"] == orthanc.HttpMethod.GET or request["ip"] == "127.0.0.1"

    orthanc.RegisterIncomingHttpRequestFilter(allow)


def RegisterAuditLogHandler() -> None:
    def on_audit(source, user, level, resource, action, data):
        orthanc.LogWarning(f"{user}: {action} {resource}")

    orthanc.RegisterAuditLogHandler(on_audit)


def EmitAuditLog(study: str) -> None:
    level = orthanc.ResourceType.STUDY
    orthanc.EmitAuditLog("reports", "ada", level, study, "view-report", b"{}")

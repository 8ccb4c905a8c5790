# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves the status page: the option `Python.StatusPage`.

Orthanc's authentication and filters apply, as to each route of a plugin.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from . import status_data, status_html

_HTML, _JSON = "text/html; charset=utf-8", "application/json"
# The page loads nothing from other hosts, and runs no script but its own file. With a referrer
# policy of "no-referrer", browsers would send "Origin: null" with the form.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FILES = {"status_page.css": "text/css; charset=utf-8", "status_page.js": "text/javascript"}


def serve(output: Any, uri: str, request: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
    """Respond to a request; `numbers` comes from src/plugin/callbacks/status_page.cpp."""
    name = uri[len("/python") :].strip("/")
    method = "POST" if name == "reload" else "GET"
    if request["method"] != method:
        output.SendMethodNotAllowed(method)
    elif name in _FILES:
        text = import_module(f"{__package__}.{name.replace('.', '_')}").text
        _answer(output, text, _FILES[name])
    elif name == "stacks":
        _serve_stacks(output, request, numbers)
    elif name == "reload":
        _reload(output, request, numbers)
    else:
        _serve_status(output, name, request, numbers)


def _serve_status(
    output: Any, name: str, request: Mapping[str, Any], numbers: Mapping[str, Any]
) -> None:
    data = status_data.collect(numbers)
    if name == "status" or _wants_json(request):
        _answer(output, json.dumps(data), _JSON)
    else:
        _answer(output, status_html.status(data), _HTML)


def _serve_stacks(output: Any, request: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
    threads = status_data.stacks(numbers)
    if _wants_json(request):
        _answer(output, json.dumps(threads), _JSON)
    else:
        _answer(output, status_html.stacks(status_data.server_name(), threads), _HTML)


def _reload(output: Any, request: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
    title = "The scripts are not reloaded"
    if not numbers["ReloadAllowed"]:
        reason = 'The option "StatusPageReload" in the section "Python" does not allow it.'
        _answer(output, status_html.message(title, reason), _HTML, 403)
        return
    if not is_same_origin(request["headers"]):
        reason = "The request does not come from this page: press the button on it."
        _answer(output, status_html.message(title, reason), _HTML, 403)
        return
    errors = status_data.syntax_errors()
    if errors:  # Orthanc would end
        advice = "The scripts that Orthanc has loaded keep running. Correct the error, then reload."
        _answer(output, status_html.message(title, *errors, advice), _HTML, 409)
        return
    module: Any = sys.modules["orthanc"]
    module.RestApiPost("/tools/reset", b"")
    reason = "Orthanc restarts its servers: open the status page in a few seconds."
    _answer(output, status_html.message("The scripts are being reloaded", reason), _HTML, 202)


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser sends the request from a page of this server; False if that is unknown.

    Sec-Fetch-Site decides if it is there: browsers send it over HTTPS and to this machine.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    host = headers.get("host", "").lower()
    scheme, _, origin = headers.get("origin", "").lower().partition("://")
    return host != "" and scheme in ("http", "https") and origin == host


def _wants_json(request: Mapping[str, Any]) -> bool:
    accepted = request["headers"].get("accept", "")
    return _JSON in accepted and "text/html" not in accepted


def _answer(output: Any, text: str, mime: str, status: int = 200) -> None:
    for name, value in _HEADERS.items():
        output.SetHttpHeader(name, value)
    body = text.encode()
    if status == 200:
        output.AnswerBuffer(body, mime)
    else:
        output.SetHttpHeader("Content-Type", mime)
        output.SendHttpStatus(status, body)

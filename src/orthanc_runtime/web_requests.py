# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A request to a mounted web application, before it takes the form of WSGI or ASGI."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from . import query_strings, users

Line = tuple[str, str, tuple[tuple[str, str], ...]]


class WebServer:
    """The facts about this Orthanc that applications ask for."""

    def __init__(self, orthanc: Any) -> None:
        configuration = json.loads(orthanc.GetConfiguration())
        self.orthanc = orthanc
        self.name = "localhost"  # applications prefer the header Host
        self.port = int(configuration.get("HttpPort", 8042))
        self.decodes_queries = query_strings.orthanc_decodes()
        self.scheme = "https" if configuration.get("SslEnabled", False) else "http"


class WebRequest:
    """One request; texts are as Orthanc gives them: UTF-8, other bytes as lone surrogates."""

    def __init__(
        self,
        server: WebServer,
        prefix: str,
        uri: str,
        request: Mapping[str, Any],
        line: Line | None,
        body: Any,
    ) -> None:
        self.server = server
        self.prefix = prefix
        self.method: str = request["method"]
        self.path, self.client, arguments = _complete(uri, request.get("get", {}), line)
        self.query = _query_string(arguments, server.decodes_queries) if arguments else ""
        # names are in lower case, unless the request comes from another plugin; an underscore
        # would become the same letter as a hyphen, so that a client could forge X-Forwarded-For
        self.headers = {
            name.lower(): value for name, value in request["headers"].items() if "_" not in name
        }
        self.body = body  # bytes, or an UploadBody
        self.payload: bytes | None = request.get("authentication_payload")
        self.user = users.name_of(server.orthanc, self.headers, self.payload)

    @property
    def inner_path(self) -> str:
        """The path after the prefix."""
        return self.path[len(self.prefix) :]


def _complete(
    uri: str, arguments: Mapping[str, str], line: Line | None
) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """The path with the slash at its end, the client, and all arguments of the query string.

    Only the request itself is certain: `line` may be of an earlier request on this thread, if
    Orthanc has called no filter for this one.
    """
    if line is not None:
        path, client, pairs = line
        if path.rstrip("/") == uri and dict(pairs) == arguments:
            return path, client, pairs
    return uri, "", tuple(arguments.items())


def _query_string(arguments: Iterable[tuple[str, str]], decoded: bool) -> str:
    """The query string; Orthanc splits it, and old versions also decode it."""
    if decoded:
        return urlencode(tuple(arguments), errors="surrogateescape")
    text = "&".join(f"{name}={value}" if value else name for name, value in arguments)
    return text if text.isascii() else quote(text, string.punctuation, errors="surrogateescape")


def to_latin1(text: str) -> str:
    """The bytes of a text as WSGI has them: one character for each byte."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_latin1(text: str) -> str:
    """The reverse of `to_latin1`."""
    if text.isascii():
        return text
    return text.encode("latin-1").decode("utf-8", "surrogateescape")

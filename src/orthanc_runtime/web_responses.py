# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send the response of a mounted web application, as far as Orthanc's SDK can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from . import native
from .log_writer import WARNING

_DEFAULT_MIME = "application/octet-stream"

# Orthanc writes them itself, or they concern the connection, which is Orthanc's
_NOT_SENT = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"}
_NO_BODY = (204, 304)
_METHOD_NOT_ALLOWED = 405
_KNOWN = {
    *range(200, 209), 226, 300, 302, 303, 304, 305, 307, *range(400, 418), 422, 423, 424, 426,
    *range(500, 508), 509, 510,
}  # fmt: skip
_INSTEAD = {301: 302, 308: 307}

_replaced: set[int] = set()  # statuses that the log names already


class Head:
    """The status and the headers of a response; texts are as Orthanc takes them."""

    def __init__(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        self.status = _sendable(status)
        self.mime = ""
        self.length: int | None = None
        self.allow = ""
        self.others: list[tuple[str, str]] = []
        for name, value in headers:
            lower = name.lower()
            if lower == "content-type":
                self.mime = value
            elif lower == "content-length":
                self.length = int(value)
            elif lower not in _NOT_SENT:
                self.others.append((name, value))
                if lower == "allow":
                    self.allow = value


def send(output: Any, head: Head, first: bytes, rest: Iterator[bytes], whole: bool) -> None:
    """Send a response: its first chunk and the others, if `first` is not the `whole` body."""
    status = head.status
    if status == _METHOD_NOT_ALLOWED:
        output.SendMethodNotAllowed(head.allow)
        return
    for name, value in head.others:
        output.SetHttpHeader(name, value)
    if status in _NO_BODY:
        output.SendHttpStatusCode(status)
    elif status != 200:
        body = first if whole else b"".join((first, *rest))
        if head.mime and body:
            output.SetHttpHeader("Content-Type", head.mime)
        output.SendHttpStatus(status, body)
    elif whole or head.length == len(first):
        output.AnswerBuffer(first, head.mime or _DEFAULT_MIME)
    elif hasattr(output, "Stream"):
        if head.length is not None:
            output.SetHttpHeader("Content-Length", str(head.length))
        output.Stream(chain((first,), rest), head.mime or _DEFAULT_MIME)
    else:  # before Orthanc 1.12.6
        output.AnswerBuffer(b"".join((first, *rest)), head.mime or _DEFAULT_MIME)


def _sendable(status: int) -> int:
    """The status, or the one that stands for it (RFC 9110, 15) if Orthanc cannot send it."""
    if status in _KNOWN:
        return status
    if not 200 <= status <= 599:
        raise ValueError(f"an application must not respond with the status {status}")
    sent = _INSTEAD.get(status, status // 100 * 100)
    if status not in _replaced and status not in _INSTEAD:
        _replaced.add(status)
        native.log(WARNING, "", 0, f"Orthanc cannot send the HTTP status {status}: it sends {sent}")
    return sent

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hello as a WSGI and as an ASGI application: mounted in Orthanc, or served by uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "5")]
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS]


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", _HEADERS)
    return [b"hello"]


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _RAW_HEADERS})
        await send({"type": "http.response.body", "body": b"hello"})


if "uvicorn" not in sys.modules:
    import orthanc

    orthanc.mount("/wsgi", wsgi)
    orthanc.mount("/asgi", asgi)

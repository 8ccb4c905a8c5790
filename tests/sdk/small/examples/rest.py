# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: REST."""

from __future__ import annotations

from typing import Any, Callable

Function = Callable[[], None]


def RestApiPost(orthanc: Any) -> None:  # noqa: N802
    orthanc.RestApiPost("/tools/echo", b"")


def rest(orthanc: Any, uri: str, later: Callable[[Function], Function]) -> None:
    @later
    def read() -> None:
        print(orthanc.rest.get(uri))  # "ü"

    read()

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Waiting for jobs of Orthanc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orthanc_python.server import Orthanc

from .servers import wait_for


def info(server: Orthanc, job: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/jobs/{job}").json()
    return found


def wait_until(server: Orthanc, job: str, test: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The state of a job from /jobs, once `test` is true of it."""
    last: dict[str, Any] = {}

    def true() -> bool:
        nonlocal last
        last = info(server, job)
        return test(last)

    try:
        wait_for(true)
    except TimeoutError as error:
        raise AssertionError(f"{last}") from error
    return last


def wait_state(server: Orthanc, job: str, state: str) -> dict[str, Any]:
    return wait_until(server, job, lambda found: found["State"] == state)


def wait_for_end(server: Orthanc, job: str) -> dict[str, Any]:
    return wait_until(server, job, lambda found: found["State"] in ("Success", "Failure"))

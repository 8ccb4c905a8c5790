# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples that authorize users."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from orthanc_python.server import free_port

from .conftest import EXAMPLES, Example


def test_authorization(example: Example) -> None:
    server = example("authorization.py", config={"Authorization": {"Secret": "open-sesame"}})
    assert server.get("/system").status_code == 200
    assert server.post("/tools/lookup", "x").status_code == 403
    server.wait_for_log(r"Refused to 127\.0\.0\.1: /tools/lookup")
    wrong = {"X-Secret": "ouvre-toi"}
    assert server.post("/tools/lookup", "x", headers=wrong).status_code == 403
    right = {"X-Secret": "open-sesame"}
    assert server.post("/tools/lookup", "x", headers=right).status_code == 200


def test_authorization_without_a_secret(example: Example) -> None:
    server = example("authorization.py")
    assert server.post("/tools/lookup", "x").status_code == 403
    assert server.post("/tools/lookup", "x", headers={"X-Secret": ""}).status_code == 403


@pytest.fixture
def service() -> Iterator[str]:
    """The URL of a running authorization_server.py."""
    command = [sys.executable, str(EXAMPLES / "authorization_server.py"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            process.terminate()


def test_authorization_service(example: Example, service: str) -> None:
    server = example("authorization_service.py", config={"Authorization": {"Url": service}})
    reader = {"Authorization": "Bearer reader"}
    writer = {"Authorization": "Bearer writer"}
    assert server.get("/system").status_code == 403
    assert server.get("/system", headers=reader).status_code == 200
    assert server.post("/tools/lookup", "x", headers=reader).status_code == 403
    assert server.post("/tools/lookup", "x", headers=writer).status_code == 200


def test_authorization_service_that_is_down(example: Example) -> None:
    url = f"http://127.0.0.1:{free_port()}/authorize"
    server = example("authorization_service.py", config={"Authorization": {"Url": url}})
    assert server.get("/system").status_code == 403
    server.wait_for_log("The authorization service failed: ")


def test_authorization_service_that_answers_something_else(example: Example, service: str) -> None:
    config = {"Authorization": {"Url": f"{service}/elsewhere"}}
    server = example("authorization_service.py", config=config)
    assert server.get("/system", headers={"Authorization": "Bearer writer"}).status_code == 403

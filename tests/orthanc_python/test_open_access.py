# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from orthanc_python.open_access import is_open_on_purpose, open_access

OPEN: list[dict[str, Any]] = [
    {},
    {"AuthenticationEnabled": True},
    {"RegisteredUsers": {}},
    {"RegisteredUsers": None},
    {"RegisteredUsers": ["alice"]},
    {"RegisteredUsers": {"alice": ""}},
    {"RegisteredUsers": {"alice": " "}},
    {"RegisteredUsers": {"alice": None}},
    {"RegisteredUsers": {"alice": "Alice"}},
    {"RegisteredUsers": {"orthanc": "orthanc"}},
    {"RegisteredUsers": {"alice": "alicePassword"}},
    {"RegisteredUsers": {"bob": "a good one", "alice": ""}},
    {"AuthenticationEnabled": "false"},
]

CLOSED: list[dict[str, Any]] = [
    {"RemoteAccessAllowed": False},
    {"HttpServerEnabled": False},
    {"RegisteredUsers": {"alice": "correct horse"}},
]


@pytest.mark.parametrize("config", OPEN)
def test_everybody_could_log_in(config: dict[str, Any]) -> None:
    problem = open_access({"RemoteAccessAllowed": True, **config})
    assert problem is not None and problem.remedy


@pytest.mark.parametrize("config", CLOSED)
def test_a_password_is_required(config: dict[str, Any]) -> None:
    assert open_access({"RemoteAccessAllowed": True, **config}) is None
    assert not is_open_on_purpose({"RemoteAccessAllowed": True, **config})


def test_orthanc_is_closed_to_other_machines_by_default() -> None:
    assert open_access({}) is None


def test_open_on_purpose() -> None:
    config = {"RemoteAccessAllowed": True, "AuthenticationEnabled": False}
    assert open_access(config) is None
    assert is_open_on_purpose(config)


def test_the_variable_is_named() -> None:
    config = {"RemoteAccessAllowed": True, "RegisteredUsers": {"orthanc": ""}}
    problem = open_access(config, ["ORTHANC_PASSWORD"])
    assert problem is not None
    assert problem.remedy == "Set ORTHANC_PASSWORD."

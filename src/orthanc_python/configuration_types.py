# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The types of the options that this package uses or replaces; Orthanc checks all others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .configuration_files import Problem

_BOOLEANS = (
    "AuthenticationEnabled",
    "DicomServerEnabled",
    "HttpServerEnabled",
    "PythonVerbose",
    "RemoteAccessAllowed",
    "SslEnabled",
    "SslVerifyPeers",
)
_PORTS = ("DicomPort", "HttpPort")
_STRINGS = ("DicomAet", "IndexDirectory", "PythonScript", "StorageDirectory", "TemporaryDirectory")
_LISTS = ("HttpBindAddresses", "LuaScripts", "Plugins")
_SECTIONS = ("Python", "RegisteredUsers")


def wrong_types(config: Mapping[str, Any]) -> list[Problem]:
    """The options with a value that Orthanc refuses or misreads."""
    return list(_wrong_types(config))


def _wrong_types(config: Mapping[str, Any]) -> Iterator[Problem]:
    rules = (
        (_BOOLEANS, lambda value: isinstance(value, bool), "true or false, without quotes"),
        (_PORTS, is_port, "a number from 1 to 65535, without quotes"),
        (_STRINGS, lambda value: isinstance(value, str), "a string"),
        (_LISTS, _is_list_of_strings, 'a list of strings, for example ["/folder"]'),
        (_SECTIONS, lambda value: isinstance(value, dict), "a JSON object, {...}"),
    )
    for keys, fits, expected in rules:
        for key in keys:
            if key in config and not fits(config[key]):
                yield _wrong(key, config[key], expected)
    python = config.get("Python")
    if isinstance(python, dict) and not isinstance(python.get("Path", ""), str):
        yield _wrong("Python.Path", python["Path"], "a string")
    if isinstance(python, dict) and not _is_list_of_strings(python.get("Scripts", [])):
        yield _wrong("Python.Scripts", python["Scripts"], 'a list of strings, for example ["a.py"]')
    users = config.get("RegisteredUsers")
    if isinstance(users, dict):
        for user, password in users.items():
            if not isinstance(password, str):
                yield _wrong(f"RegisteredUsers.{user}", "(not shown)", "a string")
    for key, value in config.items():
        if not _is_text(value):
            yield Problem(
                f"The option {key} has text with a NUL character or a lone surrogate",
                "Delete \\u0000, or the half of a pair of \\ud800 to \\udfff, from it.",
            )


def _is_text(value: object) -> bool:
    """Whether no string of the value, at any depth, has characters that no path can have."""
    if isinstance(value, dict):
        return all(_is_text(key) and _is_text(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_text, value))
    return not isinstance(value, str) or not re.search("[\0\ud800-\udfff]", value)


def _wrong(key: str, value: object, expected: str) -> Problem:
    return Problem(f"The option {key} has the value {value!r}", f"Make it {expected}.")


def is_port(value: object) -> bool:
    """Whether the value is a port number that a server can listen on."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536


def _is_list_of_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)

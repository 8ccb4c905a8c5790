# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions of the module `orthanc` that a worker process can offer without Orthanc."""

from __future__ import annotations

import hashlib
import itertools
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .datasets import encode_if_dataset

_FIRST_ERROR = 1_000_000  # the first error code that a plugin can register

# Functions without arguments whose result is constant while Orthanc runs
CONSTANTS = (
    "CheckVersion",
    "GenerateRestApiAuthorizationToken",
    "GetCommandLineArgumentsCount",
    "GetConfiguration",
    "GetConfigurationPath",
    "GetExpectedDatabaseVersion",
    "GetOrthancDirectory",
    "GetOrthancPath",
)


def _bytes(data: Any) -> bytes:
    data = encode_if_dataset(data)
    return data.encode("utf-8") if isinstance(data, str) else memoryview(data).tobytes()


def compute_md5(buffer: Any) -> str:
    """`orthanc.ComputeMd5`."""
    return hashlib.md5(_bytes(buffer)).hexdigest()


def compute_sha1(buffer: Any) -> str:
    """`orthanc.ComputeSha1`."""
    digest = hashlib.sha1(_bytes(buffer)).hexdigest()
    return "-".join(digest[start : start + 8] for start in range(0, 40, 8))


def generate_uuid() -> str:
    """`orthanc.GenerateUuid`."""
    import uuid

    return str(uuid.uuid4())


def log(message: str, *details: object, **more: object) -> None:
    """Write to standard error, which workers share with Orthanc."""
    print(message, file=sys.stderr, flush=True)


def ignore(message: str) -> None:
    """Drop a message that Orthanc does not show by default."""


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ComputeMd5": compute_md5,
    "ComputeSha1": compute_sha1,
    "GenerateUuid": generate_uuid,
    "LogError": log,
    "LogInfo": ignore,
    "LogMessage": log,
    "LogWarning": log,
}


def create(settings: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The functions that the running Orthanc also has."""
    arguments = settings["arguments"]
    running = _numbers(settings["version"])

    def check_version_advanced(
        expected_major: int, expected_minor: int, expected_revision: int
    ) -> int:
        return int(running >= (expected_major, expected_minor, expected_revision))

    def get_command_line_argument(argument: int) -> str:
        value: str = arguments[argument]
        return value

    errors = itertools.count(_FIRST_ERROR)

    def register_error_code(code: int, http_status: int, message: str) -> int:
        return next(errors)  # the same number as in Orthanc: a script registers in the same order

    functions: dict[str, Callable[..., Any]] = {
        **_FUNCTIONS,
        "RegisterErrorCode": register_error_code,
        "CheckVersionAdvanced": check_version_advanced,
        "GetCommandLineArgument": get_command_line_argument,
        **{name: _constant(value) for name, value in settings["constants"].items()},
    }
    return {name: value for name, value in functions.items() if name in settings["names"]}


def _constant(value: object) -> Callable[[], object]:
    return lambda: value


def _numbers(version: str) -> tuple[float, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else (float("inf"),)  # "mainline"

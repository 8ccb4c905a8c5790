# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copied beside every test script in Orthanc: the route /seen returns the recorded rows."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import orthanc

seen: list[Any] = []
_lock = threading.Lock()


def record(*values: Any) -> None:
    """Keep a row for the test to read; the values must be JSON."""
    with _lock:
        seen.append(list(values))


def route(path: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Register the decorated function as a REST callback."""

    def register(function: Callable[..., object]) -> Callable[..., object]:
        orthanc.RegisterRestCallback(path, function)
        return function

    return register


def answer(output: Any, value: Any) -> None:
    """Respond with JSON."""
    output.AnswerBuffer(json.dumps(value), "application/json")


def outcome(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> list[Any]:
    """The outcome of a call: ['returned', value] or [class of the exception, text, args]."""
    try:
        value = function(*arguments, **keywords)
    except Exception as error:
        return [type(error).__name__, str(error), [str(value) for value in error.args]]
    return ["returned", value if value is None or isinstance(value, (int, str)) else repr(value)]


@route("/seen")
def _seen(output: Any, uri: str, **request: Any) -> None:
    with _lock:
        answer(output, seen)

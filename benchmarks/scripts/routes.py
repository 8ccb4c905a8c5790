# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The routes of native.cpp as a script; it also runs in orthanc-python 7.1 and older."""

from __future__ import annotations

import time
import timeit
from typing import Any

import orthanc


def hello(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer("hello", "text/plain")


def sink(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(str(len(request["body"])), "text/plain")


def fail(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    raise ValueError(uri)


def sleep(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    time.sleep(float(request["get"]["seconds"]))
    output.AnswerBuffer("slept", "text/plain")


def wait(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Wait in one long call of the SDK."""
    orthanc.RestApiGetAfterPlugins("/native/wait?seconds=" + request["get"]["seconds"])
    output.AnswerBuffer("waited", "text/plain")


def compute(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Keep one processor busy with Python code."""
    total = 0
    for number in range(int(request["get"]["n"])):
        total += number * number % 7
    output.AnswerBuffer(str(total), "text/plain")


def spin(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Keep one processor busy for a while."""
    end = time.monotonic() + float(request["get"]["seconds"])
    while time.monotonic() < end:
        pass
    output.AnswerBuffer("spun", "text/plain")


CALLS = {
    "GetFontsCount": "orthanc.GetFontsCount()",
    "LogInfo": "orthanc.LogInfo('hello')",
    "CreateImage": "orthanc.CreateImage(1, 16, 16)",
    "RestApiGetAfterPlugins": "orthanc.RestApiGetAfterPlugins(uri)",
}


def calls(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Respond with the seconds that one call takes."""
    arguments = request["get"]
    count = int(arguments["n"])
    names = {"orthanc": orthanc, "uri": arguments.get("uri", "/native/hello")}
    seconds = timeit.timeit(CALLS[arguments["fn"]], globals=names, number=count)
    output.AnswerBuffer(f"{seconds / count:.12f}", "text/plain")


for function in (hello, sink, fail, sleep, wait, compute, spin, calls):
    orthanc.RegisterRestCallback("/python/" + function.__name__, function)

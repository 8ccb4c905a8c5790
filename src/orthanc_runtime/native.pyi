# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions of the shared library (src/plugin/binding/native.cpp)."""

from collections.abc import Callable

def log(level: int, file: str, line: int, text: str) -> bool:
    """Write a message to Orthanc's log; False if there is no Orthanc to log.

    The level is one of `orthanc.LogLevel`; an empty `file` stands for no place in a source file.
    """

def on_enter(function: Callable[[], object]) -> None:
    """Call the function whenever a thread of Orthanc enters Python, until the process ends.

    Its exceptions are ignored.
    """

def instead_of(name: str) -> str:
    """Say what takes the place of a function of the SDK; empty if there is no such function."""

def mark_event_loop_thread() -> None:
    """Declare that the event loop runs on this thread: blocking calls of Orthanc raise there."""

def callback_depth() -> int:
    """Return the number of callbacks of Orthanc that this thread is in, one inside the other."""

def keep_request_lines() -> None:
    """Let `request_line` return the parts of requests; call it once, before the first request."""

def request_line() -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    """Take the path of the request on this thread, the address of its client, and its arguments.

    The path keeps a slash at its end, and the arguments their order. None if they were taken
    already, or if the request has not come over HTTP.
    """

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tasks of the event loop in the log."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

from . import log_writer


def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an exception that the script does not read, in the format of the plugin."""
    task = context.get("future")
    if isinstance(task, asyncio.Task):
        headline = f"Error in the task {describe(task)}, whose result the script does not read"
    else:
        headline = f"Error in the event loop: {context['message']}"
    if not log_writer.report(headline, context.get("exception")):
        loop.default_exception_handler(context)


def name_of(coroutine: Any) -> str:
    """The name of the function that has made a coroutine or an asynchronous generator."""
    name = getattr(coroutine, "__qualname__", None)
    return str(name or type(coroutine).__qualname__)


def describe(task: asyncio.Task[Any]) -> str:
    """The name of a task, and of its coroutine."""
    name = name_of(task.get_coro())
    return name if name == task.get_name() else f"{task.get_name()} ({name})"


def stack_of(task: asyncio.Task[Any]) -> str:
    """The frames of a suspended task; called on the thread of the event loop."""
    frames = []
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
        if frame is not None and not frame.f_code.co_filename.startswith("<orthanc_runtime"):
            frames.append((frame, frame.f_lineno))
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
    return "".join(traceback.StackSummary.extract(iter(frames)).format()).rstrip()

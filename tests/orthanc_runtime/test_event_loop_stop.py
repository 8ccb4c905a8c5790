# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of the event loop: background tasks, generators, and a new loop after a reset."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from typing import Any

import pytest

from .conftest import LONG, for_ever, thread, value


def test_settling_cancels_the_background_tasks_and_waits_for_callbacks(
    event_loop: Any, aio: Any
) -> None:
    begun, called = threading.Event(), threading.Event()
    results: list[Any] = []

    async def callback() -> str:
        called.set()
        try:
            await asyncio.wrap_future(background)
        except asyncio.CancelledError:
            return "complete"
        return ""

    background = aio.create_task(for_ever(begun))
    waiting = threading.Thread(target=lambda: results.append(event_loop.run(callback())))
    waiting.start()
    assert begun.wait(LONG)
    assert called.wait(LONG)
    event_loop.settle(LONG)
    waiting.join(LONG)
    assert results == ["complete"]
    assert background.cancelled()


def test_a_stop_ends_tasks_generators_and_the_thread(event_loop: Any, aio: Any) -> None:
    begun = threading.Event()
    ended: list[str] = []

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            ended.append("generator")

    async def hold() -> None:
        generator = items()
        await generator.__anext__()
        kept.append(generator)
        await for_ever(begun)

    kept: list[Any] = []
    running = event_loop.run(thread())
    task = aio.create_task(hold())
    assert begun.wait(LONG)
    assert event_loop.stop(time.monotonic() + LONG) == []
    assert ended == ["generator"]
    with pytest.raises(CancelledError):
        task.result(LONG)
    assert not running.is_alive()


def test_the_stop_names_tasks_that_do_not_end(
    event_loop: Any, aio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_loop, "_MOMENT", LONG)  # its thread may be slow to answer
    begun = threading.Event()

    async def stubborn() -> None:
        begun.set()
        while True:
            try:
                await for_ever()
            except asyncio.CancelledError:
                continue

    aio.create_task(stubborn(), name="mine")
    assert begun.wait(LONG)
    [problem] = event_loop.stop(time.monotonic())
    assert problem.startswith("The task mine ")
    assert "in for_ever" in problem


def test_the_stop_names_a_blocked_loop(event_loop: Any, aio: Any) -> None:
    begun, release = threading.Event(), threading.Event()

    async def block() -> None:
        begun.set()
        release.wait(LONG)

    running = event_loop.run(thread())
    aio.create_task(block())
    assert begun.wait(LONG)
    [problem] = event_loop.stop(time.monotonic())
    assert "is blocked" in problem
    assert "in block" in problem
    release.set()
    running.join(LONG)
    assert not running.is_alive()


def test_a_new_loop_works_after_a_reset_only(event_loop: Any) -> None:
    before = event_loop.run(thread())
    assert event_loop.stop(time.monotonic() + LONG) == []
    with pytest.raises(RuntimeError, match="Orthanc is stopping"):
        event_loop.run(value(1))
    event_loop.revive()
    after = event_loop.run(thread())
    assert after is not before

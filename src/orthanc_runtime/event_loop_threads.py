# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Threads that make the blocking calls of coroutines."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from _queue import Empty, SimpleQueue  # the script may be called queue.py
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MOST = 32  # threads of a pool
_SLICE = 1.0  # seconds: SystemExit, raised in a thread at Orthanc's stop, does not end a wait


class Caller:
    """A thread that waits for a coroutine, and meanwhile makes the coroutine's blocking calls.

    Orthanc may hold locks while it calls the script. The thread of that call may lock them again;
    another thread would wait for the coroutine, which waits for the other thread. If `alone`, no
    other thread makes the calls. If `sends`, the thread also sends what the coroutine makes: it
    makes calls only if no other thread is free.
    """

    def __init__(self, alone: bool = False, sends: bool = False) -> None:
        self.thread = threading.get_ident()
        self.alone = alone
        self._sends = sends
        self.ended = False
        self._items: SimpleQueue[Any] = SimpleQueue()
        self._calls = 0  # that wait, or are in progress
        self._lock = threading.Lock()
        self._away = False

    # Called on the thread of the event loop

    def is_idle(self) -> bool:
        """Whether the thread can make a call at once."""
        return self._calls == 0 and not self._away and not self._sends

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Let the thread call the function."""
        call = _Call(function)
        with self._lock:
            self._calls += 1
        self._items.put(call)
        return call.future

    def resume(self, value: object) -> None:
        """Let `wait` return the value."""
        self._items.put(value)

    def end(self, value: object) -> None:
        """The same, for the last value: the thread makes no call after it."""
        self.ended = True
        self.resume(value)

    def abandon(self) -> None:
        """The thread waits no longer: cancel its calls."""
        self.ended = True
        while not self._items.empty():
            item = self._items.get()
            if isinstance(item, _Call):
                item.future.cancel()

    def release(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread waits no longer: let threads of the pool make its calls."""
        self.ended = True
        while not self._items.empty():
            item = self._items.get()
            if isinstance(item, _Call):
                context = contextvars.Context()  # without a caller
                context.run(loop.run_in_executor, None, item.run, self._count_down)

    # Called on the thread that waits

    def wait(self, is_running: Callable[[], bool]) -> Any:
        """The next value; raises RuntimeError if the event loop ends before."""
        self._away = False
        try:
            while True:
                try:
                    item = self._items.get(timeout=_SLICE)
                except Empty:
                    if is_running():
                        continue
                    raise RuntimeError("The event loop of the plugin has ended") from None
                if not isinstance(item, _Call):
                    return item
                item.run(self._count_down)
        finally:
            self._away = True

    def _count_down(self) -> None:
        with self._lock:
            self._calls -= 1


class Outcome:
    """The result of a coroutine, or its exception."""

    def __init__(self, value: Any, error: BaseException | None) -> None:
        self._value = value
        self._error = error

    def get(self) -> Any:
        """Return the result, or raise the exception."""
        try:
            if self._error is not None:
                raise self._error
            return self._value
        finally:
            del self  # the traceback would keep this frame, and with it the exception


class _Call:
    def __init__(self, function: Callable[[], Any]) -> None:
        self.future: Future[Any] = Future()
        self._function = function

    def run(self, before_result: Callable[[], None]) -> None:
        if not self.future.set_running_or_notify_cancel():
            before_result()
            return
        try:
            result = self._function()
        except BaseException as error:
            before_result()
            self.future.set_exception(error)
            del self  # the traceback would keep this frame, and with it the exception
        else:
            before_result()
            self.future.set_result(result)


# The thread that waits for the coroutine of this context
current_caller: contextvars.ContextVar[Caller | None] = contextvars.ContextVar(
    "orthanc_caller", default=None
)


class Threads(ThreadPoolExecutor):
    """The default executor of the event loop, which asyncio.to_thread uses, too.

    The calls of a callback's coroutine never wait for a thread of a pool: all threads may be inside
    calls of Orthanc that wait for such coroutines.
    """

    def __init__(self) -> None:
        super().__init__(MOST, "PY-AIO")
        self._of_callbacks = ThreadPoolExecutor(MOST, "PY-AIO-CALLBACK")
        self._free = threading.BoundedSemaphore(MOST)

    def submit(self, fn: Callable[..., Any], /, *values: Any, **keywords: Any) -> Future[Any]:
        """Called on the thread of the event loop only."""
        caller = current_caller.get()
        if caller is None or caller.ended:
            return super().submit(fn, *values, **keywords)
        if not caller.alone and not caller.is_idle() and self._free.acquire(blocking=False):
            future = self._of_callbacks.submit(fn, *values, **keywords)
            future.add_done_callback(lambda done: self._free.release())
            return future
        return caller.submit(lambda: fn(*values, **keywords))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads of both pools."""
        self._of_callbacks.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)

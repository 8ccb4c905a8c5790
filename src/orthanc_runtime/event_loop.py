# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The event loop of the plugin: it runs the coroutines of the script, on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
import time
from _queue import Empty, SimpleQueue  # the script may be called queue.py
from collections.abc import AsyncIterable, Callable, Coroutine, Iterator
from concurrent import futures
from typing import Any, TypeVar

from . import log_writer, multiprocessing_hooks, native
from .errors import OrthancStopping
from .event_loop_reports import describe, name_of, report, stack_of
from .event_loop_threads import Caller, Outcome, Threads, current_caller

T = TypeVar("T")

_MOMENT = 0.25  # seconds for the event loop to answer after a deadline
_ANSWER = 1.0  # seconds after which the event loop counts as blocked

_lock = threading.Lock()
_current: _EventLoop | None = None
_stopped = False


def get() -> asyncio.AbstractEventLoop:
    """The event loop, which is started if necessary."""
    return _get().loop


def run(coroutine: Coroutine[Any, Any, T], alone: bool = False) -> T:
    """Run the coroutine on the event loop, and wait for its result, without the GIL.

    If `alone`, no other thread than this one makes the blocking calls of the coroutine: Orthanc
    holds a lock.
    """
    try:
        current = _get_for_other_thread(name_of(coroutine))
    except BaseException:
        coroutine.close()
        raise
    return current.run(coroutine, Caller(alone or _is_nested()))


def create_task(coroutine: Coroutine[Any, Any, T], name: str | None = None) -> futures.Future[T]:
    """Run the coroutine in the background. An exception is logged when it is raised."""
    try:
        current = _get()
    except BaseException:
        coroutine.close()
        raise
    task = current.supervise(coroutine, name or name_of(coroutine))
    return asyncio.run_coroutine_threadsafe(task, current.loop)


def blocking(function: Callable[..., Any], alone: bool) -> Callable[..., object]:
    """The function that waits for the coroutine of a callback."""

    def call(*values: Any, **keywords: Any) -> object:
        return run(function(*values, **keywords), alone)

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        if hasattr(function, name):
            setattr(call, name, getattr(function, name))
    return call


def iterate(source: AsyncIterable[T]) -> Iterator[T]:
    """The values of `source`. Each one is made when the thread asks for it, all in one task."""
    current = _get_for_other_thread(name_of(source))
    caller = Caller(_is_nested())
    wanted: list[asyncio.Event] = []

    async def pump() -> None:
        wanted.append(asyncio.Event())
        try:
            async for value in source:
                caller.resume((value,))
                await wanted[0].wait()
                wanted[0].clear()
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    current.start(pump(), caller)
    while True:
        item = current.wait(caller)
        if isinstance(item, Outcome):
            _result(item)
            return
        try:
            yield item[0]
        except GeneratorExit:
            current.cancel(caller)
            raise
        current.loop.call_soon_threadsafe(wanted[0].set)


def settle(seconds: float) -> None:
    """Cancel the background tasks, and wait for all tasks; called while Orthanc still works."""
    if _current is not None:
        _current.settle(time.monotonic() + seconds)


def stop(deadline: float) -> list[str]:
    """Cancel all tasks, and end the event loop. Returns descriptions of tasks that do not end."""
    global _current, _stopped
    with _lock:
        current, _current, _stopped = _current, None, True
    return current.stop(deadline) if current is not None else []


def revive() -> None:
    """Permit a new event loop after a reset of Orthanc."""
    global _stopped
    _stopped = False


def describe_wait(thread: int) -> str:
    """The stack of the coroutine for which a thread waits; empty if it waits for none."""
    current = _current
    return current.describe_wait(thread) if current is not None else ""


def _after_fork() -> None:
    """End a forked child when its coroutine returns to the loop, whose files are the parent's."""
    if _current is not None and _current.thread.ident == threading.get_ident():
        _current.loop.stop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _get() -> _EventLoop:
    global _current
    if _current is not None and _current.process != os.getpid():
        raise RuntimeError(
            "This is a forked child of Orthanc's process, without the event loop of the plugin: "
            "use asyncio.run(...)"
        )
    with _lock:
        if _current is None:
            if _stopped:
                raise RuntimeError("Orthanc is stopping: the event loop of the plugin has ended")
            _current = _EventLoop()
        return _current


def sender() -> Caller:
    """This thread, which is going to send the response of a coroutine."""
    return Caller(_is_nested(), sends=True)


def is_in_callback() -> bool:
    """Whether Orthanc may hold a lock for this thread."""
    return native.callback_depth() > 0


def _is_nested() -> bool:
    """Whether Orthanc may hold a lock because this thread is also in another callback."""
    return native.callback_depth() > 1


def _get_for_other_thread(name: str) -> _EventLoop:
    current = _get()
    if threading.get_ident() == current.thread.ident:
        raise RuntimeError(
            f"A coroutine would wait for itself: it calls a function that waits for {name}, which "
            "needs the same event loop. Call Orthanc from coroutines by await orthanc.aio.NAME(...)"
        )
    return current


class _EventLoop:
    """One event loop, from its start to a stop or reset of Orthanc."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(report)
        self._threads = Threads()
        self.loop.set_default_executor(self._threads)
        self._served: dict[Caller, asyncio.Task[Any]] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._ended = False
        self.thread = threading.Thread(target=self._run, name="PY-ASYNCIO", daemon=True)
        try:
            self.thread.start()
        except RuntimeError as error:
            self.loop.close()
            raise RuntimeError(
                "Cannot start the thread of the event loop: raise the limit of threads"
            ) from error

    def _run(self) -> None:
        native.mark_event_loop_thread()
        asyncio.set_event_loop(self.loop)
        while not self._ended:
            # Exceptions of tasks, which keep them
            with contextlib.suppress(SystemExit, KeyboardInterrupt):
                self.loop.run_forever()
            multiprocessing_hooks.end_if_forked_child("Error in a coroutine", None)
        self.loop.close()

    def start(self, coroutine: Coroutine[Any, Any, Any], caller: Caller) -> None:
        """Run the coroutine; its task ends the wait of the caller."""

        async def serve() -> None:
            # Ends the wait in the last step of the task: a callback of the task would come later
            try:
                caller.end(Outcome(await coroutine, None))
            except BaseException as error:
                caller.end(Outcome(None, error))

        def begin() -> None:
            task = self.loop.create_task(served)
            self._served[caller] = task
            task.add_done_callback(finish)

        def finish(task: asyncio.Task[None]) -> None:
            del self._served[caller]
            if not caller.ended:  # cancelled before its first step
                coroutine.close()
                caller.end(Outcome(None, asyncio.CancelledError()))

        served: Any = serve()
        served.__qualname__ = name_of(coroutine)
        context = contextvars.copy_context()
        context.run(current_caller.set, caller)
        try:
            self.loop.call_soon_threadsafe(begin, context=context)
        except RuntimeError:  # the loop is closed
            served.close()
            coroutine.close()
            raise

    def wait(self, caller: Caller) -> Any:
        """The next value for the caller."""
        try:
            return caller.wait(self.thread.is_alive)
        except BaseException:  # SystemExit: Orthanc waits for this thread
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(self._abandon, caller)
            raise

    def run(self, coroutine: Coroutine[Any, Any, T], caller: Caller) -> T:
        """The result of the coroutine."""
        self.start(coroutine, caller)
        result: T = _result(self.wait(caller))
        return result

    def _abandon(self, caller: Caller) -> None:
        caller.abandon()
        task = self._served.get(caller)
        if task is not None:
            task.cancel()

    def cancel(self, caller: Caller) -> None:
        """Cancel the task of the caller, and wait for its end unless this is the loop's thread."""

        def cancel() -> None:
            task = self._served.get(caller)
            if task is not None:
                task.cancel()

        self.loop.call_soon_threadsafe(cancel)
        if threading.get_ident() != self.thread.ident:
            while not isinstance(self.wait(caller), Outcome):
                pass

    async def supervise(self, coroutine: Coroutine[Any, Any, T], name: str) -> T:
        """The coroutine of a background task."""
        task: Any = asyncio.current_task()
        task.set_name(name)
        self._background.add(task)
        try:
            return await coroutine
        except Exception as error:
            log_writer.report(f"Error in the background task {name}", error)
            raise
        finally:
            self._background.discard(task)

    def describe_wait(self, thread: int) -> str:
        """See the function of this name."""
        tasks = [task for caller, task in [*self._served.items()] if caller.thread == thread]
        if not tasks:
            return ""
        answer: SimpleQueue[str] = SimpleQueue()
        self.loop.call_soon_threadsafe(lambda: answer.put(stack_of(tasks[-1])))
        try:
            stack = answer.get(timeout=_ANSWER)
        except Empty:
            return f"\nIt waits for the event loop, which is blocked:\n{self._stack()}"
        return f"\nIt waits for the coroutine {name_of(tasks[-1].get_coro())}:\n{stack}"

    def _stack(self) -> str:
        from .shutdown import format_stack

        return format_stack(self.thread.ident or 0)

    # The end

    def settle(self, deadline: float) -> None:
        """See the function of this name."""
        self._ask(self._settle, deadline)

    async def _settle(self, deadline: float) -> None:
        for task in list(self._background):
            task.cancel()
        await _wait({*self._background, *self._served.values()}, deadline)
        if not self._served:
            await self._cancel_all(deadline)

    async def _cancel_all(self, deadline: float) -> set[asyncio.Task[Any]]:
        """Cancel the tasks, and those that they create; returns those that do not end."""
        cancelled: set[asyncio.Task[Any]] = set()
        while True:
            tasks = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
            for task in tasks - cancelled:
                task.cancel()
            cancelled |= tasks
            if not tasks or time.monotonic() >= deadline:
                return tasks
            await _wait(tasks, deadline)

    async def _finish(self, deadline: float) -> list[str]:
        left: Any = await self._cancel_all(deadline)
        for task in left:
            task._log_destroy_pending = False  # the list has its name
        ending = asyncio.ensure_future(self.loop.shutdown_asyncgens())
        await _wait({ending}, deadline)
        return [
            f"The task {describe(task)} does not end although it was cancelled:\n{stack_of(task)}"
            for task in left
        ]

    def stop(self, deadline: float) -> list[str]:
        """See the function of this name."""
        problems: list[str] = self._ask(self._finish, deadline) or []
        self._ended = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(max(_MOMENT, deadline - time.monotonic()))
        if self.thread.is_alive():
            problems.append(
                "The event loop of the script is blocked, so that its tasks cannot end: Orthanc "
                f"does not wait for them:\n{self._stack()}"
            )
        self._threads.shutdown(wait=False, cancel_futures=True)
        return problems

    def _ask(
        self, function: Callable[[float], Coroutine[Any, Any, T]], deadline: float
    ) -> T | None:
        """The result of a method of this class; None if the event loop is blocked."""
        answer: SimpleQueue[T] = SimpleQueue()
        begun: list[asyncio.Task[None]] = []
        late = threading.Event()

        async def ask() -> None:
            answer.put(await function(deadline))

        def begin() -> None:
            if not late.is_set():
                begun.append(self.loop.create_task(ask()))

        self.loop.call_soon_threadsafe(begin)
        try:
            return answer.get(timeout=max(0.0, deadline - time.monotonic()) + _MOMENT)
        except Empty:
            late.set()
            return None


async def _wait(tasks: set[Any], deadline: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=max(0.0, deadline - time.monotonic()))


def _result(outcome: Outcome) -> Any:
    try:
        return outcome.get()
    except asyncio.CancelledError:
        if _stopped:
            raise OrthancStopping from None
        raise
    finally:
        del outcome  # the traceback would keep this frame, and with it the exception

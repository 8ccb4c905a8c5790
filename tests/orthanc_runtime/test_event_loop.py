# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.support.servers import wait_for

from .conftest import LONG, Runtime, for_ever, thread, value


def test_all_coroutines_run_on_one_thread(event_loop: Any) -> None:
    used = {event_loop.run(thread()) for _ in range(3)}
    assert [thread.name for thread in used] == ["PY-ASYNCIO"]


def test_many_coroutines_run_at_the_same_time(event_loop: Any) -> None:
    count = 20

    async def create() -> asyncio.Semaphore:
        return asyncio.Semaphore(0)

    everyone = event_loop.run(create())
    arrived: list[None] = []

    async def meet() -> None:
        arrived.append(None)
        if len(arrived) == count:
            for _ in arrived:
                everyone.release()
        await everyone.acquire()

    threads = [threading.Thread(target=lambda: event_loop.run(meet())) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(LONG)
    assert not any(one.is_alive() for one in threads)


def test_an_exception_is_raised_in_the_thread_that_waits(event_loop: Any) -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        event_loop.run(fail())
    assert caught.traceback[-1].name == "fail"


@pytest.mark.parametrize("error", [SystemExit("x"), KeyboardInterrupt()])
def test_an_exit_in_a_coroutine_does_not_end_the_loop(
    event_loop: Any, error: BaseException
) -> None:
    async def leave() -> None:
        raise error

    with pytest.raises(type(error)):
        event_loop.run(leave())
    assert event_loop.run(value(1)) == 1


def test_stopping_the_loop_in_a_coroutine_does_not_end_it(event_loop: Any) -> None:
    async def end() -> None:
        asyncio.get_running_loop().stop()

    event_loop.run(end())
    assert event_loop.run(value(1)) == 1


def test_context_variables_reach_the_coroutine_and_its_threads(event_loop: Any, aio: Any) -> None:
    variable = contextvars.ContextVar("variable", default="")
    variable.set("set")
    vars(sys.modules["orthanc"])["Read"] = variable.get

    async def read() -> tuple[str, str]:
        return variable.get(), await aio.Read()

    assert event_loop.run(read()) == ("set", "set")


def test_a_coroutine_that_would_wait_for_itself_fails_at_once(event_loop: Any) -> None:
    async def outer() -> None:
        event_loop.run(value(1))

    with pytest.raises(RuntimeError, match=r"wait for itself.* value.*await orthanc\.aio\.NAME"):
        event_loop.run(outer())

    async def items() -> AsyncIterator[int]:
        yield 1

    async def iterate() -> None:
        next(event_loop.iterate(items()))

    with pytest.raises(RuntimeError, match="wait for itself"):
        event_loop.run(iterate())


def test_the_thread_that_waits_makes_the_first_call(event_loop: Any, aio: Any) -> None:
    async def call() -> Any:
        return [(await aio.Get("/a"))[1] for _ in range(2)]

    assert event_loop.run(call()) == [threading.current_thread()] * 2


def test_calls_of_one_coroutine_run_in_parallel(event_loop: Any, aio: Any) -> None:
    both = threading.Barrier(2, timeout=LONG)
    vars(sys.modules["orthanc"])["Meet"] = both.wait

    async def call() -> Any:
        return await asyncio.gather(aio.Meet(), aio.Meet())

    assert sorted(event_loop.run(call())) == [0, 1]


def test_only_the_calling_thread_makes_the_calls_if_orthanc_holds_a_lock(
    event_loop: Any, aio: Any
) -> None:
    async def call() -> Any:
        answers = await asyncio.gather(*(aio.Get("/a") for _ in range(5)))
        return {thread for _, thread in answers}

    assert event_loop.run(call(), alone=True) == {threading.current_thread()}


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_only_the_thread_of_a_callback_makes_calls_while_orthanc_may_hold_a_lock(
    runtime: Runtime, event_loop: Any, aio: Any, depth: int
) -> None:
    async def use_threads() -> int:
        answers = await asyncio.gather(*(aio.Meet() for _ in range(2)))
        return len({thread for _, thread in answers})

    def meet() -> Any:
        if allowed == 2:
            both.wait()
        return None, threading.current_thread()

    runtime.orthanc.Meet = meet
    runtime("native").callback_depth = lambda: depth
    for run, allowed in ((event_loop.run, 1 if depth > 1 else 2), (aio.run, 1 if depth else 2)):
        both = threading.Barrier(2, timeout=LONG)
        assert run(use_threads()) == allowed


def test_coroutines_inside_the_calls_of_all_threads_find_a_thread(
    runtime: Runtime, event_loop: Any, aio: Any
) -> None:
    async def nested() -> Any:
        return len(await asyncio.gather(*(aio.Get("/inner") for _ in range(3))))

    runtime.orthanc.Store = lambda: event_loop.run(nested())

    async def store() -> Any:
        calls = runtime("event_loop_threads").MOST + 8
        return await asyncio.gather(*(aio.Store() for _ in range(calls)))

    assert set(event_loop.create_task(store()).result(LONG)) == {3}


def test_an_asynchronous_generator_is_read_as_it_is_asked_for(event_loop: Any) -> None:
    made: list[int] = []
    tasks: set[Any] = set()

    async def numbers() -> AsyncIterator[int]:
        for number in range(3):
            tasks.add(asyncio.current_task())
            made.append(number)
            yield number

    iterator = event_loop.iterate(numbers())
    assert made == []
    assert next(iterator) == 0
    assert event_loop.run(value(made)) == [0]
    assert list(iterator) == [1, 2]
    assert len(tasks) == 1


def test_closing_the_iterator_closes_the_generator(event_loop: Any) -> None:
    closed: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(threading.current_thread().name)

    iterator = event_loop.iterate(numbers())
    next(iterator)
    iterator.close()
    assert closed == ["PY-ASYNCIO"]


def test_an_exception_of_the_generator_ends_the_iterator(event_loop: Any) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1
        raise KeyError("x")

    iterator = event_loop.iterate(numbers())
    next(iterator)
    with pytest.raises(KeyError):
        next(iterator)


def test_a_background_task_gives_its_result(event_loop: Any, aio: Any) -> None:
    async def name() -> str:
        task: Any = asyncio.current_task()
        return str(task.get_name())

    assert aio.create_task(name(), name="mine").result(LONG) == "mine"
    assert aio.create_task(name()).result(LONG).endswith(".name")


def test_an_exception_of_a_background_task_is_logged(runtime: Runtime, aio: Any) -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        aio.create_task(fail(), name="mine").result(LONG)
    [(_, _, _, text)] = runtime.logged
    assert text.startswith("Error in the background task mine, traceback:\n")
    assert text.endswith("KeyError: 'x'")


def test_an_unread_exception_of_a_task_is_logged(runtime: Runtime, event_loop: Any) -> None:
    async def fail() -> None:
        raise KeyError("x")

    async def start() -> None:
        await asyncio.wait({asyncio.ensure_future(fail())})

    event_loop.run(start())
    gc.collect()
    [(_, _, _, text)] = runtime.logged
    assert text.startswith("Error in the task Task-")
    assert "fail), whose result the script does not read, traceback:\n" in text
    assert text.endswith("KeyError: 'x'")


def test_a_cancelled_background_task_is_cancelled_on_the_loop(event_loop: Any, aio: Any) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        try:
            await for_ever(begun)
        finally:
            cancelled.set()

    task = aio.create_task(wait())
    assert begun.wait(LONG)
    task.cancel()
    assert cancelled.wait(LONG)


def test_a_call_of_an_abandoned_wait_is_cancelled(runtime: Runtime, event_loop: Any) -> None:
    threads = runtime("event_loop_threads")
    caller = threads.Caller()
    future = caller.submit(print)
    caller.abandon()
    assert future.cancelled()


def test_threads_of_the_pool_make_the_calls_of_a_caller_that_leaves(
    runtime: Runtime, event_loop: Any
) -> None:
    async def leave() -> Any:
        caller = runtime("event_loop_threads").Caller()
        future = caller.submit(threading.current_thread)
        caller.release(asyncio.get_running_loop())
        return await asyncio.wrap_future(future)

    assert event_loop.run(leave()).name.startswith("PY-AIO")


def test_a_forked_child_has_no_loop(event_loop: Any) -> None:
    event_loop.run(value(1))
    event_loop._current.process += 1
    with pytest.raises(RuntimeError, match="forked child"):
        event_loop.run(value(1))
    with pytest.raises(RuntimeError, match="forked child"):
        event_loop.create_task(value(1))
    event_loop._current.process -= 1


def test_the_stack_of_a_waiting_thread_has_the_coroutine(runtime: Runtime, event_loop: Any) -> None:
    begun = threading.Event()
    ended: list[BaseException] = []

    async def outer() -> None:
        await for_ever(begun)

    def wait() -> None:
        try:
            event_loop.run(outer())
        except BaseException as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert begun.wait(LONG)
    wait_for(lambda: "waits for the coroutine" in event_loop.describe_wait(waiting.ident))
    stack = event_loop.describe_wait(waiting.ident)
    assert stack.index("in outer") < stack.index("in for_ever")
    assert event_loop.describe_wait(threading.get_ident()) == ""
    event_loop.stop(time.monotonic() + LONG)
    waiting.join(LONG)
    assert [type(error).__name__ for error in ended] == ["OrthancStopping"]


def test_the_stack_of_a_waiting_thread_names_the_coroutine_that_blocks(event_loop: Any) -> None:
    begun, release = threading.Event(), threading.Event()

    async def block() -> None:
        begun.set()
        release.wait(LONG)

    waiting = threading.Thread(target=lambda: event_loop.run(block()))
    waiting.start()
    assert begun.wait(LONG)
    stack = event_loop.describe_wait(waiting.ident)
    assert "which is blocked" in stack
    assert "in block" in stack
    release.set()
    waiting.join(LONG)


@pytest.mark.parametrize("function", ["run", "create_task"])
def test_a_function_in_place_of_a_coroutine_is_refused(aio: Any, function: str) -> None:
    with pytest.raises(TypeError, match=rf"write {function}\(f\(\)\), not {function}\(f\)"):
        getattr(aio, function)(value)
    with pytest.raises(TypeError, match=r"needs a coroutine.*not int"):
        getattr(aio, function)(3)


@pytest.mark.parametrize("name", ["RegisterThing", "route", "ErrorCode"])
def test_names_that_do_not_wait_are_refused(aio: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=rf"use orthanc\.{name}$"):
        getattr(aio, name)
    assert name not in dir(aio)


def test_the_functions_are_listed(aio: Any) -> None:
    assert {"Get", "create_task", "get_loop", "http", "peer", "rest", "run"} <= set(dir(aio))
    assert not hasattr(aio, "Unknown")


def test_a_client_has_coroutines(runtime: Runtime, event_loop: Any, aio: Any) -> None:
    http = runtime("http")

    def call(method: int, url: str, *rest: object) -> Any:
        return http.Response("GET", url, 200, {}, b"body")

    runtime.orthanc.CallRestApi = call
    runtime.orthanc.rest = http.RestClient(runtime.orthanc)

    async def get() -> Any:
        return await aio.rest.get("/system", params={"a": 1})

    assert event_loop.run(get()).url == "/system?a=1"


def test_asyncio_is_imported_by_scripts_that_need_it_only(runtime: Runtime) -> None:
    accept: Callable[..., Any] = runtime("coroutine_callbacks").accept_coroutine
    assert accept(print, False) is print
    assert "orthanc_runtime.event_loop" not in sys.modules
    assert accept(value, False)(7) == 7
    assert runtime("event_loop").stop(time.monotonic() + LONG) == []

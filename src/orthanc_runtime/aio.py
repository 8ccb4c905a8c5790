# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc.aio`: the functions of the module `orthanc` for coroutines."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import ModuleType
from typing import Any, TypeVar

from .coroutine_callbacks import event_loop_of_orthanc
from .errors import OrthancException
from .http import Client, HttpClient, PeerClient, RestClient

T = TypeVar("T")

_OWN = ("create_task", "get_loop", "run", "wait_for_job")
_FIRST_POLL, _LONGEST_POLL = 0.05, 1.0  # seconds between requests for the state of a job


async def _in_thread(function: Callable[..., T], *values: Any, **keywords: Any) -> T:
    """asyncio.to_thread, whose frames would appear in the tracebacks of scripts."""
    call = functools.partial(contextvars.copy_context().run, function, *values, **keywords)
    result: T = await asyncio.get_running_loop().run_in_executor(None, call)
    return result


def _asynchronous(function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The coroutine function that calls the function in a thread."""

    @functools.wraps(function)
    async def call(*values: Any, **keywords: Any) -> Any:
        return await _in_thread(function, *values, **keywords)

    return call


class AsyncClient:
    """An HTTP client such as `orthanc.rest`, whose methods are coroutines."""

    __module__ = "orthanc"

    def __init__(self, client: Client) -> None:
        self.request = _asynchronous(client.request)
        self.get = _asynchronous(client.get)
        self.post = _asynchronous(client.post)
        self.put = _asynchronous(client.put)
        self.delete = _asynchronous(client.delete)


class _Functions:
    """`orthanc.aio`."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the event loop of the plugin, and return its result."""
        event_loop = event_loop_of_orthanc()
        coroutine = _checked(coroutine, "run")
        if event_loop is None:
            return asyncio.run(coroutine)
        result: T = event_loop.run(coroutine, alone=event_loop.is_in_callback())
        return result

    def create_task(
        self, coroutine: Coroutine[Any, Any, T], *, name: str | None = None
    ) -> Future[T]:
        """Start a coroutine in the background, from any thread, also while Orthanc starts.

        An exception is logged when it is raised. The result is a concurrent.futures.Future.
        """
        event_loop = event_loop_of_orthanc()
        coroutine = _checked(coroutine, "create_task")
        if event_loop is None:  # this Python imports a script: it must not act
            coroutine.close()
            ended: Future[T] = Future()
            ended.cancel()
            return ended
        task: Future[T] = event_loop.create_task(coroutine, name)
        return task

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the plugin, such as for asyncio.run_coroutine_threadsafe."""
        event_loop = event_loop_of_orthanc()
        if event_loop is None:
            raise RuntimeError(
                "orthanc.aio.get_loop() works inside Orthanc only: use asyncio.get_running_loop()"
            )
        loop: asyncio.AbstractEventLoop = event_loop.get()
        return loop

    async def wait_for_job(self, job: str) -> dict[str, Any]:
        """Wait for the end of a job. Returns its description in /jobs; raises its failure."""
        delay = _FIRST_POLL
        while True:
            # orthanc.rest would need Orthanc 1.9.2
            found: dict[str, Any] = json.loads(await self.RestApiGet(f"/jobs/{job}"))
            if found["State"] == "Success":
                return found
            if found["State"] == "Failure":
                text = f"The job {job} has failed: {found['ErrorDescription']}"
                raise OrthancException(found["ErrorCode"], text)
            await asyncio.sleep(delay)
            delay = min(_LONGEST_POLL, 1.5 * delay)

    def peer(self, name: str) -> AsyncClient:
        """The client of a peer, as orthanc.peer(name)."""
        return AsyncClient(self._module.peer(name))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, (RestClient, HttpClient, PeerClient)):
            made: Any = AsyncClient(value)
        elif callable(value) and not isinstance(value, type) and not _runs_at_once(name):
            made = _asynchronous(value)
        else:
            raise AttributeError(
                f"orthanc.aio has the functions of orthanc that may wait: use orthanc.{name}"
            )
        return vars(self).setdefault(name, made)

    def __dir__(self) -> list[str]:
        functions = (
            name
            for name, value in vars(self._module).items()
            if not name.startswith("_")
            and callable(value)
            and not isinstance(value, type)
            and not _runs_at_once(name)
        )
        return sorted({*functions, *_OWN, "http", "peer", "rest"})


def _runs_at_once(name: str) -> bool:
    """Whether a function only registers something, or makes a decorator."""
    return name.startswith("Register") or name in ("job", "on", "route")


def _checked(coroutine: Any, name: str) -> Any:
    if asyncio.iscoroutine(coroutine):
        return coroutine
    hint = f": write {name}(f()), not {name}(f)" if callable(coroutine) else ""
    raise TypeError(
        f"orthanc.aio.{name} needs a coroutine, the result of an async def function, not "
        f"{type(coroutine).__name__}{hint}"
    )


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""
    return {"aio": _Functions(module)}

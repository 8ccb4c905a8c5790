# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks that are coroutine functions: accepted or refused, as the kind of callback needs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import CodeType, MethodType
from typing import Any

# inspect.CO_GENERATOR, inspect.CO_COROUTINE, inspect.CO_ASYNC_GENERATOR
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def refuse_coroutine(callback: object, argument: str) -> None:
    """Raise TypeError for an `async def`, in a kind of callback that Orthanc cannot wait for.

    `argument` is the name of the callback in the message.
    """
    function, _ = _asynchronous(callback)
    if function is not None:
        name = getattr(function, "__qualname__", function)
        raise TypeError(
            f"{argument} is the coroutine function {name} (async def), which only orthanc.route, "
            "orthanc.on, RegisterRestCallback, RegisterOnChangeCallback and "
            "RegisterOnStoredInstanceCallback accept: use a function made with def, which may call "
            f"orthanc.aio.run({name}(...))"
        )


def refuse_generator(callback: object, decorator: str) -> None:
    """Raise TypeError for a function with `yield`: a call would only make a generator."""
    function, flags = _asynchronous(callback, _GENERATOR | _ASYNC_GENERATOR)
    if flags:
        name = getattr(function, "__qualname__", function)
        raise TypeError(
            f"{decorator}: {name} is a generator function, which would never run: remove its yield"
        )


def accept_coroutine(callback: Callable[..., object], alone: bool) -> Callable[..., object]:
    """The callback itself; for an `async def`, a function that runs it on the event loop.

    If `alone`, Orthanc holds a lock during the call: see event_loop.run.
    """
    _, flags = _asynchronous(callback)
    if not flags & _COROUTINE:
        return callback
    event_loop = event_loop_of_orthanc()
    return callback if event_loop is None else event_loop.blocking(callback, alone)


def event_loop_of_orthanc() -> Any:
    """The module of the event loop; None outside of Orthanc, as in workers and unit tests."""
    try:
        from . import native  # noqa: F401
    except ImportError:
        return None
    from . import event_loop  # asyncio delays the start

    return event_loop


def _asynchronous(
    callback: object, kinds: int = _COROUTINE | _ASYNC_GENERATOR
) -> tuple[object, int]:
    """The function that makes a callback asynchronous, with its kind; (None, 0) without one."""
    inner = callback
    # The type of the object, not isinstance(): a proxy may compute its __class__, and fail
    while issubclass(type(inner), (MethodType, staticmethod, partial)):
        inner = inner.func if issubclass(type(inner), partial) else inner.__func__  # type: ignore[attr-defined]
    if callable(inner):
        for function in inner, type(inner).__call__:
            flags = _flags(function) & kinds
            if flags:
                return function, flags
    return None, 0


def _flags(function: object) -> int:
    """The flags of a function that makes generators or coroutines, 0 for others.

    Mocks and proxies have any attribute, or raise any exception for it.
    """
    try:
        code = getattr(function, "__code__", None)
        marker = getattr(function, "_is_coroutine_marker", None)
    except Exception:
        return 0
    if marker is not None and marker is _coroutine_marker():
        return _COROUTINE
    return code.co_flags if type(code) is CodeType else 0


def _coroutine_marker() -> object:
    """The attribute that inspect.markcoroutinefunction sets."""
    return getattr(sys.modules.get("inspect"), "_is_coroutine_mark", None)

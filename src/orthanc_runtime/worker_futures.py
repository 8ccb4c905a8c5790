# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The futures of `orthanc.WorkerPool`: an exception that the script never reads is logged.

Other executors keep their own futures: changing the class of `concurrent.futures` would affect
every library that drops futures on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from . import log_writer
from .tracebacks import format_exception

T = TypeVar("T")

_process = os.getpid()


class _WatchedFuture(Future):  # type: ignore[type-arg]  # the alias needs Python 3.9.2
    """A future that logs its exception when it is collected, unless the script has read it."""

    _read = False
    _call = ""
    _pool_ended: list[bool]

    def result(self, timeout: float | None = None) -> Any:
        try:
            return super().result(timeout)
        finally:
            self._read = self.done()
            del self  # the traceback would keep the future, which keeps the exception

    def exception(self, timeout: float | None = None) -> BaseException | None:
        try:
            return super().exception(timeout)
        finally:
            self._read = self.done()
            del self

    def __del__(self) -> None:
        error = getattr(self, "_exception", None)
        if error is None or self._read or self._pool_ended or os.getpid() != _process:
            return
        headline = f"Error in {self._call}() of a WorkerPool, whose result the script does not read"
        if not log_writer.report(headline, error):
            print(f"{headline}, traceback:\n{format_exception(error)}")


def watch(future: Future[T], function: Callable[..., T], pool_ended: list[bool]) -> Future[T]:
    """Log the exception of a future that the script never reads, while `pool_ended` is empty."""
    if type(future) is Future:  # an executor of the script may have a class of its own
        future.__class__ = _WatchedFuture
        watched: Any = future
        watched._call = getattr(function, "__qualname__", repr(function))
        watched._pool_ended = pool_ended
    return future

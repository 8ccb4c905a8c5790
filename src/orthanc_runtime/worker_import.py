# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Import the script in a worker process, and report names that cannot be imported.

multiprocessing replaces each worker that ends and loses its task: the caller would wait for the
result forever. So a function that cannot be imported raises the reason when it is called, and pools
that the script makes during its import are left out here.
"""

from __future__ import annotations

import io
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from .worker_placeholders import (
    ImportStopped,
    Placeholder,
    importing,
    keep_partial,
    partial_modules,
)

_installed = False
_left_out: weakref.WeakSet[Any] = weakref.WeakSet()  # processes that the import did not start


def install() -> None:
    """Prepare a process that was not forked and will import the script."""
    global _installed
    if _installed:
        return
    _installed = True
    _import_partially()
    for name, change in _CHANGES.items():
        module = sys.modules.get(name)
        if module is not None:
            change(module)


def install_in_parent() -> None:
    """Prepare the process that starts the workers."""
    reduction: Any = sys.modules.get("multiprocessing.reduction")
    if reduction is not None:
        reduction.ForkingPickler.reducer_override = reduce_unfinished


def install_in_fork() -> None:
    """Prepare a forked process, which has the modules of its parent. Imports nothing."""
    reduction = sys.modules.get("multiprocessing.reduction")
    if reduction is not None:
        _change_reduction(reduction)


def _import_partially() -> None:
    from importlib.machinery import SourceFileLoader

    loader: Any = next(kind for kind in SourceFileLoader.__mro__ if "exec_module" in vars(kind))
    exec_module = loader.exec_module

    def exec_as_far_as_possible(self: Any, module: ModuleType) -> None:
        try:
            exec_module(self, module)
        except ImportStopped as stopped:
            keep_partial(module, stopped)
        change = _CHANGES.get(module.__name__)
        if change is not None:
            change(module)

    loader.exec_module = exec_as_far_as_possible


# Unpickling of tasks


_state = threading.local()


class _Missing(type):
    """A class in place of a function or class that cannot be imported."""

    reason: Exception

    def __call__(cls, *arguments: object, **keywords: object) -> Any:
        return _placeholder(cls)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(cls)


class _MissingInstance:
    reason: Exception

    def __new__(cls, *arguments: object, **keywords: object) -> Any:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        pass

    def __call__(self, *arguments: object, **keywords: object) -> Any:
        return _placeholder(type(self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(type(self))


def _placeholder(kind: Any) -> Any:
    """A part of a task, such as an argument or a method: the function that uses it raises."""
    if getattr(_state, "unpickling", False):
        return object.__new__(kind)
    raise kind.reason


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) == ("multiprocessing.pool", "worker"):
            return _pool_worker
        try:
            return super().find_class(module_name, global_name)
        except BaseException as error:  # SystemExit, too, would only end this worker
            return _missing(module_name, global_name, error)


def _missing(module_name: str, global_name: str, error: BaseException) -> type:
    why = partial_modules.get(module_name) or f"{type(error).__name__}: {error}"
    reason = ImportError(f"A worker process cannot import {global_name} from {module_name}: {why}")
    reason.__cause__ = error
    return _Missing(global_name, (_MissingInstance,), {"reason": reason})


def lookup(module_name: str, name: str) -> Any:
    """A function or class by its name; see `reduce_unfinished`."""
    return _Unpickler(io.BytesIO()).find_class(module_name, name)


def reduce_unfinished(pickler: object, value: Any) -> Any:
    """Pickle functions and classes of a module whose import has not finished.

    pickle itself would import the module: the pool's thread would wait for the import, and the
    import for the pool.
    """
    if isinstance(value, (FunctionType, type)):
        module = sys.modules.get(value.__module__)
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            return lookup, (value.__module__, value.__qualname__)
    return NotImplemented


def load(file: Any, **options: Any) -> Any:
    """`pickle.load`, but a missing function raises only when it is called."""
    _state.unpickling = True
    try:
        return _Unpickler(file, **options).load()
    finally:
        _state.unpickling = False


def loads(data: Any, **options: Any) -> Any:
    """`pickle.loads`, but a missing function raises only when it is called."""
    return load(io.BytesIO(data), **options)


class _FailingQueue:
    """The tasks of a pool whose initializer has failed: each fails for the same reason."""

    def __init__(self, queue: Any, error: BaseException) -> None:
        self._queue = queue
        self._writer = queue._writer
        self._error = error

    def get(self) -> Any:
        task = self._queue.get()
        if task is None:
            return None
        job, number, *_ = task
        return job, number, self._fail, (), {}

    def _fail(self) -> None:
        raise self._error


def _pool_worker(
    tasks: Any, results: Any, initializer: Any = None, arguments: Any = (), *more: Any
) -> None:
    """`multiprocessing.pool.worker`, but it survives an initializer that fails."""
    from multiprocessing.pool import worker  # type: ignore[attr-defined]

    if initializer is not None:
        try:
            initializer(*arguments)
        except Exception as error:
            tasks = _FailingQueue(tasks, error)
    worker(tasks, results, None, (), *more)


# Processes and pools that the script starts during its import


def _leave_out(module: ModuleType, name: str, but: str = "") -> None:
    """Make a class return a placeholder while a module is imported."""
    kind: Any = getattr(module, name)
    exception = getattr(module, but, ())

    def __new__(cls: Any, *arguments: object, **keywords: object) -> Any:  # noqa: N807
        if importing() and not issubclass(cls, exception):
            return Placeholder(f"the {cls.__name__}")
        return object.__new__(cls)

    kind.__new__ = __new__


def _change_processes(module: Any) -> None:
    process = module.BaseProcess
    start = process.start

    def start_later(self: Any) -> None:
        if importing():
            _left_out.add(self)
        else:
            start(self)

    process.start = start_later
    for name in ("join", "terminate", "kill"):
        setattr(process, name, _unless_left_out(getattr(process, name)))


def _unless_left_out(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return None if self in _left_out else method(self, *arguments, **keywords)

    return call


def _stop_waiting(kind: Any, *names: str) -> None:
    """Stop an import that would wait for a process that was not started."""

    def guard(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if _left_out and importing():
                raise ImportStopped("a process")
            return method(self, *arguments, **keywords)

        return call

    for name in names:
        setattr(kind, name, guard(getattr(kind, name)))


def _change_connections(module: Any) -> None:
    _stop_waiting(module._ConnectionBase, "recv", "recv_bytes", "recv_bytes_into", "poll")


def _change_reduction(module: Any) -> None:
    module.ForkingPickler.loads = staticmethod(loads)
    module.pickle = SimpleNamespace(**{**vars(pickle), "load": load, "loads": loads})


_CHANGES: dict[str, Callable[[ModuleType], None]] = {
    "multiprocessing.process": _change_processes,
    "multiprocessing.connection": _change_connections,
    "multiprocessing.synchronize": lambda module: _stop_waiting(module.Condition, "wait"),
    "multiprocessing.reduction": _change_reduction,
    "multiprocessing.pool": lambda module: _leave_out(module, "Pool", but="ThreadPool"),
    "multiprocessing.managers": lambda module: _leave_out(module, "BaseManager"),
    "concurrent.futures.process": lambda module: _leave_out(module, "ProcessPoolExecutor"),
}

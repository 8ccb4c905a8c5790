# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several callbacks of one kind: Orthanc knows one, which calls those of the script in turn."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from typing import Any, ClassVar, cast

from . import multiprocessing_hooks, native
from .datasets import encode_if_dataset
from .errors import OrthancStopping
from .log_writer import ERROR
from .tracebacks import format_exception

Handler = Callable[..., Any]

_KEEP_AS_IS, _MODIFY = 1, 2  # orthanc.ReceivedInstanceAction

_lock = threading.Lock()


def combine(kind: str, current: Handler, added: Handler) -> Handler:
    """The callable that calls both; `kind` names a class of this module."""
    with _lock:
        # The type of the object, not isinstance(): a proxy may compute its __class__, and fail
        known = issubclass(type(current), Combined)
        combined: Combined = cast(Any, current) if known else _KINDS[kind](current)
        combined.handlers = (*combined.handlers, added)
    return combined


class Combined:
    """The callables of a script, in the order of their registration."""

    def __init__(self, first: Handler) -> None:
        self.handlers: tuple[Handler, ...] = (first,)

    def __call__(self, *values: Any, **keywords: Any) -> Any:
        """Call them, as the kind of callback needs."""
        raise NotImplementedError


class Events(Combined):
    """All are called, even if one fails."""

    def __call__(self, *values: Any, **keywords: Any) -> None:
        """Raise the last exception; the others are logged."""
        failed: tuple[Handler, BaseException] | None = None
        for handler in self.handlers:
            try:
                _run(handler, *values, **keywords)
            except OrthancStopping:
                raise
            except BaseException as error:
                if failed is not None:
                    _log(*failed)
                failed = handler, error
        if failed is not None:
            raise failed[1]


class Worklists(Combined):
    """All add their answers; an exception fails the query."""

    def __call__(self, *values: Any) -> None:
        """Call all."""
        for handler in self.handlers:
            _run(handler, *values)


class Filters(Combined):
    """All must return True."""

    def __call__(self, *values: Any, **keywords: Any) -> Any:
        """The first result that is not True, which may be no Boolean."""
        for handler in self.handlers:
            result = _run(handler, *values, **keywords)
            if result is not True:
                return result
        return True


class CStoreFilters(Combined):
    """All must return the DIMSE status 0."""

    def __call__(self, instance: Any) -> Any:
        """The first result that is not 0, which may be no number."""
        for handler in self.handlers:
            result = _run(handler, instance)
            if _integer(result) != 0:
                return result
        return 0


class ReceivedInstances(Combined):
    """Each gets the DICOM file that the former ones leave, unless one of them discards it.

    An exception of one leaves the file as it was before: not as received, since an earlier callback
    may have removed the patient's name.
    """

    strict: ClassVar[bool] = False

    def __call__(self, dicom: bytes, origin: int) -> Any:
        """The last action, with the file; a result that the native part refuses ends the chain."""
        result: tuple[int, bytes | None] = (_KEEP_AS_IS, None)
        for handler in self.handlers:
            try:
                answer = _run(handler, dicom, origin)
            except MemoryError:
                raise
            except Exception as error:
                if self.strict:
                    raise
                _log(handler, error)
                continue
            action = _integer(answer[0]) if isinstance(answer, tuple) and len(answer) == 2 else None
            if action == _MODIFY:
                modified = _file(answer[1])
                if not modified:
                    return answer
                dicom, result = modified, (_MODIFY, modified)
            elif action != _KEEP_AS_IS:
                return answer
        return result


class StrictReceivedInstances(ReceivedInstances):
    """The same with the option `Python.RefuseInstanceOnException`."""

    strict = True


class JobsUnserializers(Combined):
    """The first that knows the type of the job restores it."""

    def __call__(self, job_type: str, serialized: str) -> Any:
        """The first result that is not None."""
        for handler in self.handlers:
            job = _run(handler, job_type, serialized)
            if job is not None:
                return job
        return None


_KINDS: dict[str, type[Combined]] = {
    kind.__name__: kind
    for kind in (
        Events,
        Worklists,
        Filters,
        CStoreFilters,
        ReceivedInstances,
        StrictReceivedInstances,
        JobsUnserializers,
    )
}


def _run(handler: Handler, *values: Any, **keywords: Any) -> Any:
    """Call one; a forked child that leaves it must not call the next one."""
    try:
        result = handler(*values, **keywords)
    except BaseException as error:
        multiprocessing_hooks.end_if_forked_child(_name(handler), error)
        raise
    multiprocessing_hooks.end_if_forked_child(_name(handler), None)
    return result


def _log(handler: Handler, error: BaseException) -> None:
    headline = f"Error in {_name(handler)}"
    traceback = format_exception(error, headline)
    native.log(ERROR, "", 0, f"{headline}, traceback:\n{traceback}")


def _name(handler: Handler) -> str:
    try:
        name = f"{handler.__module__}.{handler.__qualname__}"
    except Exception:  # such as a functools.partial, or a proxy with attributes of its own
        name = object.__repr__(handler)
    return f"the Python callback {name}"


def _integer(value: Any) -> int | None:
    """An integer that the native part accepts, too."""
    if isinstance(value, bool) and value:
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def _file(value: Any) -> bytes | None:
    try:
        return bytes(memoryview(encode_if_dataset(value)))
    except TypeError:
        return None

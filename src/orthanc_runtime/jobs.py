# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Jobs written in Python: `orthanc.BaseJob` and the decorator `orthanc.job`.

A job is a generator that Orthanc advances from one `yield` to the next, on a thread of its jobs
engine. Orthanc queries the job from threads that hold its locks: these queries get copies made at
the last `yield`, and run no code of the script.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any, ClassVar

from . import job_retries
from .coroutine_callbacks import refuse_coroutine
from .job_documents import Document, encode, pack, unpack

_SUCCESS, _FAILURE, _CONTINUE = 1, 2, 3  # orthanc.JobStepStatus
_PAUSED, _FAILED = 2, 3  # orthanc.JobStopReason

_orthanc: Any = None
_types: dict[str, type[BaseJob]] = {}


class BaseJob:
    """A job of Orthanc: derive from it, and write `run()`.

    `parameters` are the keyword arguments of its construction, `content` is shown by /jobs/{id},
    `state` is the data to continue after a restart of Orthanc. All are dicts of JSON values.
    """

    __module__ = "orthanc"

    job_type: ClassVar[str] = ""
    """The type in /jobs, by which a saved job is restored; by default the name of the class."""

    restorable: ClassVar[bool] = True
    """Whether Orthanc saves the job, so that it survives a restart."""

    retries: ClassVar[int] = 0
    """How often the job starts again after an exception."""

    delay: ClassVar[float] = 10.0
    """Seconds from the first failure to the next attempt; each further failure doubles them."""

    _unused = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "job_type" not in vars(cls):
            cls.job_type = cls.__name__
        if cls.job_type in _types:
            raise ValueError(f"there are two classes for jobs of the type {cls.job_type!r}")
        job_retries.check(cls.job_type, cls.retries, cls.delay)
        if not _types:
            _orthanc.RegisterJobsUnserializer(_restore)
        _types[cls.job_type] = cls

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters
        self.content: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.progress = 0.0
        self._id: str | None = None
        self._has_id = threading.Event()
        self._submitted = False
        self._generator: Generator[Any, Any, Any] | None = None
        self._encoded: tuple[float, Document, Document | None] | None = None
        self._attempts = job_retries.Attempts(self.retries, self.delay)

    def run(self) -> Any:
        """Do the work. Each `yield` ends a step; the yielded value is the progress, from 0 to 1.

        A job is paused, cancelled and saved between its steps. The content of the job shows
        the return value as "Result". An exception fails the job, unless `retries` are left; the
        content shows it as "Error".
        """
        raise NotImplementedError(f"{type(self).__name__}.run() is missing")

    def stopped(self, reason: int) -> None:
        """Called when the job ends or pauses, with an orthanc.JobStopReason."""

    def submit(self, priority: int = 0) -> str:
        """Submit the job to Orthanc, once. Returns its identifier in /jobs."""
        if self._submitted:
            raise RuntimeError("a job can be submitted only once")
        native = _create(self)
        self._submitted = True
        self._set_id(native.SubmitJob(priority))
        return self.id

    @property
    def id(self) -> str:
        """The identifier in /jobs, as soon as the job is submitted."""
        if not self._submitted:
            raise RuntimeError("the job is not submitted yet")
        self._has_id.wait()  # a step can begin before submit() has the identifier
        return self._id or ""

    @property
    def attempt(self) -> int:
        """1 for the first attempt, 2 for the first retry."""
        return self._attempts.failed + 1

    def _set_id(self, identifier: str) -> None:
        self._id = identifier
        self._has_id.set()

    # The protocol of orthanc.CreateJob, called by Orthanc

    def step(self) -> int | float:
        """Advance `run()` to its next `yield`; a float is the seconds to wait for the next step."""
        if self._attempts.waiting:
            remaining = self._attempts.begin()
            self._encode()
            if remaining > 0:
                return remaining
        retriable = True
        try:
            status = self._advance()
            retriable = False
            self._encode()
            return status
        except BaseException as error:
            self._generator = None
            if retriable and self._fail_attempt(error):
                return self._attempts.delay
            self.content["Error"] = job_retries.describe(error)
            self._encode_failed()
            raise

    def _fail_attempt(self, error: BaseException) -> bool:
        """Whether another attempt follows: it begins as after a restart of Orthanc."""
        again = self._attempts.fail(error)
        if self.retries:
            name = f"{self.job_type} ({self.id})" if self._submitted else self.job_type
            _orthanc.LogWarning(self._attempts.report(name, error))
        if again:
            progress, content, serialized = self._snapshot()
            saved = {"content": json.loads(content), "progress": progress}
            self._restore_values(saved if serialized is None else unpack(serialized))
            self._encode()
        return again

    def _restore_values(self, saved: dict[str, Any]) -> None:
        self.content = saved["content"]
        self.progress = saved["progress"]
        if "parameters" in saved:
            self.parameters, self.state = saved["parameters"], saved["state"]

    def stop(self, reason: int) -> None:
        """End `run()`, unless the job only pauses."""
        if reason != _PAUSED:
            self._close()
        self.stopped(reason)
        if reason == _FAILED:  # step() has raised the reason
            self._encode_failed()
        else:
            self._encode()

    def reset(self) -> None:
        """Start over: Orthanc resubmits a job that has failed."""
        self._close()
        self.content.clear()
        self.state.clear()
        self.progress = 0.0
        self._attempts = job_retries.Attempts(self.retries, self.delay)
        self._encode()

    def get_progress(self) -> float:
        """Progress at the last `yield`."""
        return self._snapshot()[0]

    def get_content(self) -> Document:
        """Content at the last `yield`."""
        return self._snapshot()[1]

    def get_serialized(self) -> Document | None:
        """The data that restores the job as it was at the last `yield`."""
        return self._snapshot()[2]

    def _advance(self) -> int:
        if self._generator is None:
            started = self.run()
            if not isinstance(started, Generator):
                return self._finish(started)  # no `yield`: all the work is one step
            self._generator = started
        try:
            progress = next(self._generator)
        except StopIteration as end:
            self._generator = None
            return self._finish(end.value)
        if progress is not None:
            self.progress = progress
        return _CONTINUE

    def _finish(self, result: Any) -> int:
        if result is not None:
            self.content["Result"] = result
        self.progress = 1.0
        return _SUCCESS

    def _close(self) -> None:
        generator, self._generator = self._generator, None
        if generator is not None:
            generator.close()

    def _snapshot(self) -> tuple[float, Document, Document | None]:
        return self._encoded or self._encode()

    def _encode(self) -> tuple[float, Document, Document | None]:
        progress = self._checked_progress()
        saved = {
            "parameters": self.parameters,
            "content": self.content,
            "state": self.state,
            "progress": progress,
            "id": self._id,
            "attempts": self._attempts.save(),
        }
        try:
            content = encode({**self.content, **self._attempts.shown()})
            serialized = pack(saved) if self.restorable else None
        except (TypeError, ValueError) as error:  # its traceback has no line of the script
            raise TypeError(
                f"the parameters, content and state of the job {self.job_type!r} must be JSON: "
                f"{error}"
            ) from None
        self._encoded = progress, content, serialized
        return self._encoded

    def _checked_progress(self) -> float:
        with contextlib.suppress(TypeError, ValueError):
            progress = float(self.progress)
            if 0 <= progress <= 1:
                return progress
        raise ValueError(
            f"the progress of the job {self.job_type!r} must be a number from 0 to 1, "
            f"not {self.progress!r}"
        )

    def _encode_failed(self) -> None:
        """Encode a job that has failed, possibly because its values cannot be encoded."""
        try:
            self._encode()
        except (TypeError, ValueError, RecursionError):
            progress = self._encoded[0] if self._encoded else 0.0
            self._encoded = progress, encode({"Error": self.content["Error"]}), None


def job(
    function: Any = None, *, job_type: str = "", retries: int = 0, delay: float = BaseJob.delay
) -> Any:
    """Make a kind of job from a generator function, which gets the job and its own arguments.

    After an exception, the job starts again up to `retries` times. `delay` is the time in seconds
    from the first failure to the next attempt; each further failure doubles it.

    @orthanc.job
    def count(job, n):
        for i in range(n):
            yield i / n

    count(n=10).submit()
    """
    if function is None:
        return lambda decorated: job(decorated, job_type=job_type, retries=retries, delay=delay)
    if not hasattr(function, "__name__"):
        raise TypeError(f"orthanc.job decorates a function, not {type(function).__name__}")
    refuse_coroutine(function, "orthanc.job: the function")
    settings = {"job_type": job_type or function.__name__, "retries": retries, "delay": delay}
    return _derive(function, settings)


# as native functions have it
vars(job)["__text_signature__"] = "(function=None, *, job_type='', retries=0, delay=10.0)"


def _derive(function: Callable[..., Any], settings: dict[str, Any]) -> type[BaseJob]:
    import inspect  # its imports would slow down each start

    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{function.__name__}() must name all its parameters")

    def __init__(self: BaseJob, *arguments: Any, **keywords: Any) -> None:  # noqa: N807
        bound = signature.bind(self, *arguments, **keywords)
        bound.apply_defaults()
        _, *names = bound.arguments
        BaseJob.__init__(self, **{name: bound.arguments[name] for name in names})
        self._unused = True

    def run(self: BaseJob) -> Any:
        return function(self, **self.parameters)

    members = {
        "__init__": __init__,
        "__del__": _report_unused,
        "__doc__": function.__doc__,
        "__module__": function.__module__,
        "run": run,
        **settings,
    }
    return type(function.__name__, (BaseJob,), members)


def _report_unused(made: BaseJob) -> None:
    """Log that a call of the function of a job has no effect, as Python does for a coroutine."""
    if made._unused:
        with contextlib.suppress(Exception):  # such as after a reset of Orthanc
            _orthanc.LogWarning(
                f"{type(made).__name__}(...) made a job that was never submitted, so that nothing "
                f"has run: call {type(made).__name__}(...).submit()"
            )


def _create(made: BaseJob) -> Any:
    made._unused = False
    if type(made) is BaseJob:
        raise TypeError("derive a class from orthanc.BaseJob, and write its run()")
    refuse_coroutine(made.run, "orthanc.BaseJob: run()")
    if _types.get(made.job_type) is not type(made):
        raise RuntimeError(
            f"{type(made).__name__} is from before a reset of Orthanc: make it again"
        )
    made._encode()  # parameters that are not JSON are the caller's error
    return _orthanc.CreateJob(made.job_type, made)


def _restore(job_type: str, serialized: str) -> Any:
    """Restore a job that Orthanc has saved; None if it belongs to another plugin."""
    kind = _types.get(job_type)
    if kind is None:
        return None
    saved = unpack(serialized)
    made = kind(**saved["parameters"])
    made._restore_values({**saved, "parameters": made.parameters})
    if "attempts" in saved:  # not in jobs of earlier versions
        made._attempts.restore(saved["attempts"])
    made._submitted = True
    made._set_id(saved["id"])
    return _create(made)


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers. Clears the jobs of an earlier run."""
    global _orthanc
    if _orthanc is not module:
        _orthanc = module
        _types.clear()
    return {"BaseJob": BaseJob, "job": job}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The attempts of a job, with a growing delay after each failure."""

from __future__ import annotations

import time
from typing import Any

from .tracebacks import one_line

LONGEST_DELAY = 3600.0  # seconds

# Mistakes in the script: the next attempt would raise them again.
MISTAKES = (
    AssertionError,
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    SyntaxError,
    TypeError,
)


def check(job_type: str, retries: Any, delay: Any) -> None:
    """Raise TypeError or ValueError unless these are settings of a kind of job."""
    if not isinstance(retries, int) or isinstance(retries, bool):
        raise TypeError(f"the retries of the job {job_type!r} must be an int, not {retries!r}")
    if not isinstance(delay, (int, float)) or isinstance(delay, bool):
        raise TypeError(f"the delay of the job {job_type!r} must be a number, not {delay!r}")
    if retries < 0 or not 0 <= delay < float("inf"):
        raise ValueError(
            f"the retries and the delay (seconds) of the job {job_type!r} must be 0 or more, "
            f"not {retries} and {delay}"
        )


def describe(error: BaseException) -> str:
    """The type and the message of an exception, for /jobs and the log."""
    return f"{type(error).__name__}: {error}"


class Attempts:
    """Counts the failed attempts of one job."""

    def __init__(self, retries: int, delay: float) -> None:
        self.failed = 0
        self._retries = retries
        self._delay = delay
        self._due: float | None = None  # time.time() of the next attempt, while the job waits
        self._error = ""
        self._restored = False

    def fail(self, error: BaseException) -> bool:
        """Count a failure; whether another attempt follows."""
        self.failed += 1
        if self.failed > self._retries or not isinstance(error, Exception):
            return False
        if isinstance(error, MISTAKES):
            return False
        self._error = describe(error)
        self._due = time.time() + self.delay
        return True

    @property
    def waiting(self) -> bool:
        """Whether the next attempt has not begun."""
        return self._due is not None

    @property
    def delay(self) -> float:
        """Seconds from the last failure to the next attempt."""
        exponent = min(max(self.failed - 1, 0), 60)
        return float(min(self._delay * 2**exponent, max(LONGEST_DELAY, self._delay)))

    def begin(self) -> float:
        """Seconds to wait before the next attempt; at 0 it begins.

        Only a restored job waits: otherwise the delay is over, or the user has resumed the job.
        """
        if self._restored and self._due is not None:
            self._restored = False
            remaining = min(self._due - time.time(), self.delay)  # the clock may have been set
            if remaining > 0:
                return remaining
        self._due = None
        return 0.0

    def report(self, name: str, error: BaseException) -> str:
        """The message about the last failure, for the log."""
        if self._due is not None:
            then = f"the next attempt follows in {self.delay:g} s"
        elif isinstance(error, MISTAKES):
            then = "no other attempt follows, because this exception is a mistake in the script"
        else:
            then = "no other attempt follows"
        number = f"attempt {self.failed} of {self._retries + 1}"
        return f"The Python job {name} failed at {number}, {then}: {one_line(describe(error))}"

    def shown(self) -> dict[str, Any]:
        """The addition to the content of the job in /jobs."""
        if self._due is None:
            return {}
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._due))
        return {"Retry": {"FailedAttempts": self.failed, "Error": self._error, "NextAttempt": at}}

    def save(self) -> dict[str, Any]:
        """The data to restore the attempts."""
        return {"failed": self.failed, "due": self._due, "error": self._error}

    def restore(self, saved: dict[str, Any]) -> None:
        """Continue with the data of `save()`."""
        self.failed, self._due, self._error = saved["failed"], saved["due"], saved["error"]
        self._restored = True

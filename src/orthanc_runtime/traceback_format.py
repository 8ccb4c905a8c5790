# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The text of a traceback. Imported after a mistake only: `traceback` would delay each start."""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import Iterator
from traceback import FrameSummary, TracebackException

from . import error_hints

_HEADER = "Traceback (most recent call last):"
_RECORD = re.compile(r"^[A-Z]\d{4} ", re.MULTILINE)  # how a record of Orthanc's log begins


def text(exception: BaseException) -> str:
    """The traceback without the frames of this plugin, and a hint if one is known."""
    report = TracebackException.from_exception(exception)
    for part in _parts(report):
        part.stack[:] = [frame for frame in part.stack if not _is_machinery(frame)]
    text = "".join(report.format()).rstrip("\n")
    if _HEADER not in text:  # a SyntaxError has no frame of the script
        text = f"{_HEADER}\n{text}"
    text = _RECORD.sub(r"  \g<0>", text)  # the message may be text from the network
    hint = error_hints.hint(exception)
    return f"{text}\nHint: {hint}" if hint else text


def _parts(report: TracebackException) -> Iterator[TracebackException]:
    """The exception, its chained exceptions, and the members of exception groups.

    A chain may be longer than the limit of recursion.
    """
    waiting: list[TracebackException | None] = [report]
    while waiting:
        part = waiting.pop()
        if part is not None:
            yield part
            waiting += [part.__cause__, part.__context__]
            waiting += getattr(part, "exceptions", None) or ()


def _is_machinery(frame: FrameSummary) -> bool:
    """Whether a frame belongs to this plugin, an import statement, or the start of a thread."""
    if frame.filename.startswith(("<orthanc_runtime", "<frozen importlib")):
        return True
    if frame.filename == importlib.__file__:  # import_module, which imports several scripts
        return True
    beginning = ("_bootstrap", "_bootstrap_inner", "run")
    return frame.name in beginning and frame.filename == threading.__file__

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connect the modules `logging` and `warnings` with Orthanc's log.

A script can still configure both modules as in any Python program.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from . import log_writer


def connect(module: Any) -> None:
    """Connect a module that has just been imported."""
    if hasattr(module, "lastResort"):  # otherwise it is a module of the script with this name
        _connect_logging(module)
    elif hasattr(module, "showwarning"):
        _connect_warnings(module)


def _level(number: int) -> int:
    for lowest, level in (40, log_writer.ERROR), (30, log_writer.WARNING), (20, log_writer.INFO):
        if number >= lowest:
            return level
    return log_writer.TRACE


def _connect_logging(logging: Any) -> None:
    """Use Orthanc's log instead of standard error if no handler is configured.

    The root logger gets no handler: with one, `basicConfig` would do nothing.
    """
    standard = logging.lastResort

    class OrthancHandler(logging.Handler):  # type: ignore[misc]
        """Writes records to Orthanc's log."""

        def emit(self, record: Any) -> None:
            try:
                text = self.format(record)
                done = log_writer.write(
                    _level(record.levelno), record.filename, record.lineno, text
                )
            except Exception:
                self.handleError(record)
            else:
                if not done and standard is not None and record.levelno >= standard.level:
                    standard.handle(record)

    logging.lastResort = OrthancHandler()
    _leave_unconfigured(logging)


def _leave_unconfigured(logging: Any) -> None:
    """Keep `logging.warning()` and similar functions from configuring standard error."""
    from functools import wraps

    configure = logging.basicConfig

    @wraps(configure)
    def basic_config(**options: Any) -> None:
        implicit = not options and sys._getframe(1).f_globals is vars(logging)
        if not implicit or logging.lastResort is None:
            configure(**options)

    logging.basicConfig = basic_config


def _connect_warnings(warnings: Any) -> None:
    standard = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        """Write a warning to Orthanc's log, or to `file`."""
        text = f"{category.__name__}: {message}"
        if file is not None or not log_writer.write(
            log_writer.WARNING, os.path.basename(filename), lineno, text
        ):
            standard(message, category, filename, lineno, file, line)

    warnings.showwarning = show

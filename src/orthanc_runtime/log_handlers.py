# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connect the module `logging` with Orthanc's log.

A script can still configure it as in any Python program.
"""

from __future__ import annotations

import sys
from typing import Any

from . import log_writer


def _level(number: int) -> int:
    for lowest, level in (40, log_writer.ERROR), (30, log_writer.WARNING), (20, log_writer.INFO):
        if number >= lowest:
            return level
    return log_writer.TRACE


def connect(logging: Any) -> None:
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

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connect the module `warnings` with Orthanc's log."""

from __future__ import annotations

import os
from types import ModuleType

from . import log_writer


def connect(warnings: ModuleType) -> None:
    """Let `warnings` write to Orthanc's log, unless a script replaces `showwarning`."""
    standard = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        """Write a warning to Orthanc's log, or to `file`."""
        text = f"{category.__name__}: {message}"
        if file is not None or not log_writer.write(
            log_writer.WARNING, os.path.basename(filename), lineno, text
        ):
            standard(message, category, filename, lineno, file, line)

    warnings.showwarning = show  # type: ignore[attr-defined]

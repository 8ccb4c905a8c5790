# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Report slow operations to the user."""

from __future__ import annotations

import sys

_WIDTH = 24


def say(text: str) -> None:
    """Print one line for the user, on stderr: stdout is for the result of the command."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A progress bar on a terminal; elsewhere nothing, since each update would add a line."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._stream = sys.stderr
        self._on_terminal = self._stream.isatty()

    def update(self, done: int, total: int | None) -> None:
        """Show that `done` of `total` bytes have arrived."""
        if not self._on_terminal:
            return
        if total:
            filled = min(_WIDTH, done * _WIDTH // total)
            bar = "#" * filled + "." * (_WIDTH - filled)
            amount = f"[{bar}] {done / 1e6:.1f} of {total / 1e6:.1f} MB"
        else:
            amount = f"{done / 1e6:.1f} MB"
        self._stream.write(f"\r{self._label} {amount}")
        self._stream.flush()

    def close(self) -> None:
        """End the line of the bar."""
        if self._on_terminal:
            self._stream.write("\n")
            self._stream.flush()

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that the tests run, whose output matters only if they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_TAIL = 40  # lines


class CommandFailed(RuntimeError):
    """The exit code was not 0; the text ends with the last output of the program."""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float = 1800,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; return standard output and error together, as text."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
    if check and done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL:])
        raise CommandFailed(f"{' '.join(map(str, command))} failed:\n{tail}")
    return done

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run --debug`, and `breakpoint()` in a terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

DEFAULT_PORT = 5678  # as in the settings of editors
PORT_VARIABLE = "ORTHANC_PYTHON_DEBUG"  # read by orthanc_runtime

_BACKGROUND = 0.5  # seconds until a process in the background tries to read again


class DebugpyMissing(Exception):
    """The package debugpy is not installed in the Python of the script."""


def check_debugpy(python: Mapping[str, Any]) -> None:
    """Raise DebugpyMissing if the Python of this section of the configuration lacks debugpy."""
    executable = _executable(python)
    if executable is None:
        return  # the plugin finds the Python, and reports the same error
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('debugpy') is None)"
    command = [executable, "-c", code]
    try:
        code_of_exit = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    except OSError:
        return  # the plugin reports the error
    if code_of_exit != 0:
        raise DebugpyMissing(
            f'--debug needs debugpy in {executable}: pip install "orthanc-python[dev]"'
        )


def _executable(python: Mapping[str, Any]) -> str | None:
    if "VirtualEnv" in python:
        inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        return str(Path(python["VirtualEnv"], *inside))
    return python.get("Executable")


def is_terminal() -> bool:
    """Whether a user types the input of this process."""
    return sys.stdin is not None and sys.stdin.isatty()


def forward_terminal(write: Callable[[bytes], None]) -> None:
    """Pass each line of the terminal to `write`, in a thread, until this process ends."""
    threading.Thread(target=_forward, args=(sys.stdin.fileno(), write), daemon=True).start()


def _forward(terminal: int, write: Callable[[bytes], None]) -> None:
    if sys.platform != "win32":
        # Then a process in the background gets an error; the signal would suspend it
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTIN])
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            time.sleep(_BACKGROUND)
            continue
        with contextlib.suppress(OSError, ValueError):  # no process reads it
            write(data or b"EOF\n")  # Ctrl-D: this command of pdb does the same

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The script that `orthanc-python doctor` runs inside Orthanc, to report its environment.

It has a folder of its own because the plugin puts the folder of a script on sys.path.
"""

from __future__ import annotations

import getpass
import importlib
import json
import multiprocessing
import multiprocessing.spawn
import os
import struct
import subprocess
import sys
import sysconfig
import traceback
from typing import Any

import orthanc  # type: ignore[import-not-found,import-untyped,unused-ignore]

# Extensions that come with Python and need its symbols and the libraries of the system.
_EXTENSIONS = ("ssl", "sqlite3", "ctypes", "zlib", "decimal")


def _try_import(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except Exception:  # any error is the finding
        return traceback.format_exc(limit=0).strip()
    return None


def _run_executable() -> str | None:
    """Why sys.executable is not this Python, for example because it is Orthanc; None if it is."""
    code = "import sys; print(sys.prefix)"
    try:
        result = subprocess.run(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"it does not run: {error}"
    if result.stdout.strip() != sys.prefix:
        said = (result.stdout + result.stderr).strip()[-200:]
        return f"it answers {said!r} instead of the prefix {sys.prefix}"
    return None


def _compile_scripts() -> str | None:
    """Why a script of the configuration does not compile with this Python."""
    for path in json.loads(os.environ.get("ORTHANC_PYTHON_DOCTOR_SCRIPTS", "[]")):
        try:
            with open(path, "rb") as file:
                compile(file.read(), path, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError) as error:
            return "".join(traceback.format_exception_only(type(error), error)).strip()
    return None


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _multiprocessing_executable() -> str:
    executable = multiprocessing.spawn.get_executable()
    return os.fsdecode(executable) if isinstance(executable, bytes) else str(executable)


def _facts() -> dict[str, Any]:
    gil = getattr(sys, "_is_gil_enabled", None)
    flags = getattr(sys, "abiflags", "")
    return {
        "account": _account(),
        "version": sys.version,
        "implementation": sys.implementation.name,
        "bits": struct.calcsize("P") * 8,
        "debug": hasattr(sys, "gettotalrefcount"),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")) or "t" in flags,
        "gil_enabled": True if gil is None else bool(gil()),
        "executable": sys.executable,
        "executable_error": _run_executable(),
        "script_error": _compile_scripts(),
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "virtual_environment": sys.prefix != sys.base_prefix,
        "path": sys.path,
        "start_method": multiprocessing.get_start_method(allow_none=True)
        or multiprocessing.get_all_start_methods()[0],
        "multiprocessing_executable": _multiprocessing_executable(),
        "module_version": str(getattr(orthanc, "__version__", "")),
        "extensions": {name: _try_import(name) for name in _EXTENSIONS},
    }


def _answer(output: Any, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps(_facts()), "application/json")


orthanc.RegisterRestCallback("/orthanc-python-doctor", _answer)

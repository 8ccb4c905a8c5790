# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contents of the status page, as JSON values."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from . import recent_errors, script_loader, shutdown

_MOST_JOBS = 50
_LONG_QUEUE = 100  # change events
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_FORWARDED = (  # as the native part counts them
    "Routes",
    "Callbacks",
    "Registered",
    "GilWaitSeconds",
    "LongestGilWaitSeconds",
    "ReloadAllowed",
)


def collect(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """All contents; `numbers` comes from src/plugin/callbacks/status_page.cpp."""
    configuration = _configuration()
    scripts = list(_scripts())
    return {
        "Name": server_name(configuration),
        "Time": _utc(time.time()),
        "Plugin": {"Version": numbers["Plugin"], "Sdk": numbers["Sdk"]},
        "Orthanc": {"Version": numbers["Orthanc"]},
        "Python": _python(),
        "Findings": list(_findings(numbers, configuration, scripts)),
        "Loaded": load_time(),
        "Scripts": scripts,
        **{key: numbers[key] for key in _FORWARDED},
        "Events": {"Queued": numbers["QueuedEvents"]},
        "Jobs": _jobs(numbers["JobTypes"]),
        "Exceptions": {"Total": recent_errors.count(), "Last": _exceptions()},
        "Threads": {
            "OfOrthanc": numbers["AttachedThreads"],
            "OfScript": len(_script_threads()),
        },
        "Workers": _workers(),
        "Memory": {"ResidentBytes": numbers["ResidentBytes"]},
    }


def stacks(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The Python threads with their stacks, without the thread that asks."""
    calls = dict(numbers["ActiveCalls"])
    names = {thread.ident: thread.name for thread in _script_threads()}
    # Threads without Python code at the moment have no frame
    identifiers = sorted({*calls, *names, *sys._current_frames()} - {threading.get_ident()})
    return [
        {
            "Identifier": identifier,
            "Name": calls.get(identifier) or names.get(identifier) or "a thread of Orthanc",
            "Stack": stack,
        }
        for identifier, stack in zip(identifiers, shutdown.format_stacks(identifiers))
    ]


def syntax_errors() -> list[str]:
    """The scripts that Python could not import again, each with the reason."""
    found = []
    for script in script_loader.imports:
        try:
            with open(script, "rb") as file:
                compile(file.read(), script, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError) as error:
            found.append(f"{script}: {error}")
    return found


def server_name(configuration: Mapping[str, Any] | None = None) -> str:
    """The name of this Orthanc."""
    return str((configuration or _configuration()).get("Name", "Orthanc"))


def load_time() -> str:
    """The time when Orthanc began to load the scripts."""
    return _utc(min((begin for begin, _ in script_loader.imports.values()), default=0.0))


def _utc(seconds: float) -> str:
    return time.strftime(_TIME, time.gmtime(seconds))


def _configuration() -> dict[str, Any]:
    module: Any = sys.modules["orthanc"]
    configuration: dict[str, Any] = json.loads(module.GetConfiguration())
    return configuration


def _python() -> dict[str, Any]:
    gil: Any = getattr(sys, "_is_gil_enabled", lambda: True)
    return {
        "Version": sys.version.split()[0],
        "Executable": sys.executable,
        "Prefix": sys.prefix,
        "FreeThreaded": "free-threading build" in sys.version,
        "GilEnabled": gil(),
    }


def _scripts() -> Iterator[dict[str, Any]]:
    for file, (loaded_at, seconds) in dict(script_loader.imports).items():
        try:
            changed = os.stat(file).st_mtime > loaded_at
            state = "changed" if changed else "loaded"
        except OSError:
            state = "deleted"
        yield {"File": file, "State": state, "Loaded": _utc(loaded_at), "LoadSeconds": seconds}


def _exceptions() -> list[dict[str, Any]]:
    return [{**error, "Time": _utc(error["Time"])} for error in recent_errors.newest_first()]


def _script_threads() -> list[threading.Thread]:
    """The threads that Python code has started."""
    kinds: Any = threading
    return [
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, kinds._DummyThread) and thread is not threading.main_thread()
    ]


def _jobs(types: list[str]) -> list[dict[str, Any]]:
    """The jobs that scripts have created, the newest first."""
    if not types:
        return []
    module: Any = sys.modules["orthanc"]
    jobs = [job for job in json.loads(module.RestApiGet("/jobs?expand")) if job["Type"] in types]
    jobs.sort(key=lambda job: str(job.get("CreationTime", "")), reverse=True)
    return [
        {
            "Id": job["ID"],
            "Type": job["Type"],
            "State": job["State"],
            "Progress": job["Progress"],
            "Created": job.get("CreationTime", ""),
            "Error": job.get("ErrorDetails") or job.get("ErrorDescription", ""),
        }
        for job in jobs[:_MOST_JOBS]
    ]


def _workers() -> list[dict[str, Any]]:
    """The child processes of multiprocessing, which executors and pools use."""
    module: Any = sys.modules.get("multiprocessing.process")
    children = list(module._children) if module is not None else []
    return [
        {"Name": process.name, "Pid": process.pid}
        for process in sorted(children, key=lambda process: process.pid or 0)
    ]


def _findings(
    numbers: Mapping[str, Any], configuration: Mapping[str, Any], scripts: list[dict[str, Any]]
) -> Iterator[dict[str, str]]:
    """The warnings of `orthanc-python doctor` that can be known inside Orthanc."""
    for warning in numbers["Warnings"]:
        yield _finding(warning, "Correct the option in the configuration.")
    yield from _access(configuration)
    received = any("received" in item["Callback"] for item in numbers["Registered"])
    if received and not numbers["RefusesInstances"]:
        yield _finding(
            "If the callback of a received instance raises an exception, Orthanc stores the "
            "original, with the patient's name.",
            'If the callback anonymizes, set "RefuseInstanceOnException" to true in the section '
            '"Python".',
        )
    for script in scripts:
        if script["State"] != "loaded":
            yield _finding(
                f"{script['File']} was {script['State']} after Orthanc had loaded it.",
                "Reload the scripts, or start Orthanc again.",
            )
    if numbers["QueuedEvents"] > _LONG_QUEUE:
        yield _finding(
            f"{numbers['QueuedEvents']} change events wait for the callback.",
            "Make it faster: long work belongs into a job or a worker.",
        )
    python = _python()
    if python["FreeThreaded"] and python["GilEnabled"]:
        yield _finding(
            "The free-threaded Python runs with the GIL: a C extension has enabled it.",
            "Install a version of the extension that supports free-threaded Python.",
        )


def _access(configuration: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if configuration.get("RemoteAccessAllowed") is not True:
        return
    if configuration.get("AuthenticationEnabled") is False:
        yield _finding(
            "Any machine that reaches this port can use Orthanc, and this page, without a "
            "password: AuthenticationEnabled is false.",
            "Set AuthenticationEnabled to true and add users to RegisteredUsers, unless a proxy "
            "or a plugin asks for the password.",
        )
    elif not configuration.get("RegisteredUsers"):
        yield _finding(
            'RegisteredUsers is empty: Orthanc lets in the user "orthanc" with the password '
            '"orthanc".',
            "Add a user with a password of your own to RegisteredUsers.",
        )


def _finding(found: str, remedy: str) -> dict[str, str]:
    return {"Found": found, "Remedy": remedy}

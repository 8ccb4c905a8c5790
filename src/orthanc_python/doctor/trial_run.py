# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Start Orthanc with the plugin and a script that reports its environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from ..server import Orthanc, OrthancFailed
from .report import Report

_SCRIPT = Path(__file__).parents[1] / "doctor_script" / "orthanc_python_diagnosis.py"
_PASSED_OVER = re.compile(r"Python candidate passed over: ([^:]+): (.*?): (.*)")
_LIBRARY = re.compile(r"Python library: (.+)")
_SDK = re.compile(r"Orthanc SDK[^:\n]*: (\S+)")

# Options that the trial omits: it has its own data, and runs no other plugin or script
_LEFT_OUT = {
    "DicomPort",
    "HttpBindAddresses",
    "HttpPort",
    "IndexDirectory",
    "LuaScripts",
    "Plugins",
    "PythonScript",
    "RegisteredUsers",
    "StorageDirectory",
}
_REPLACED = {
    "AuthenticationEnabled": False,
    "DicomServerEnabled": False,
    "HttpServerEnabled": True,
    "RemoteAccessAllowed": False,
    "SslVerifyPeers": False,
}
_PATH_OF_SERVICES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SCRIPTS = ("Path", "Scripts")


@dataclass
class Trial:
    """One start of Orthanc with the script of the doctor."""

    executable: Path
    library: Path
    config: dict[str, Any] = field(default_factory=dict)
    account: str | None = None  # None: the account of this process
    scripts: list[Path] = field(default_factory=list)  # to be compiled, not to be run

    def run(self, report: Report) -> None:
        """Start Orthanc, add the findings to the report, and stop Orthanc."""
        with _place(self.account) as script:
            server = Orthanc(
                script,
                plugin=self.library,
                orthanc=self.executable,
                config=_trial_configuration(self.config),
                arguments=["--verbose"],  # the plugin then logs which Pythons it examined
                env=self._environment(),
                account=self.account,
            )
            _watch(report, server)

    def _environment(self) -> dict[str, str]:
        scripts = json.dumps([str(script) for script in self.scripts])
        result = {"ORTHANC_PYTHON_DOCTOR_SCRIPTS": scripts}
        if self.account is not None:  # a service does not have the variables of this shell
            names = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
            home = os.path.expanduser(f"~{self.account}")
            result.update(dict.fromkeys(names, ""), PATH=_PATH_OF_SERVICES, HOME=home)
        return result


@contextmanager
def _place(account: str | None) -> Iterator[Path]:
    """The script, copied to a separate folder for an account that may not read this package."""
    if account is None:
        yield _SCRIPT
        return
    with tempfile.TemporaryDirectory(prefix="orthanc-python-doctor-") as folder:
        Path(folder).chmod(0o755)
        yield Path(shutil.copy(_SCRIPT, folder))


def _trial_configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    result = {key: value for key, value in config.items() if key not in _LEFT_OUT}
    python = {key: value for key, value in config.get("Python", {}).items() if key not in _SCRIPTS}
    return {**result, **_REPLACED, "Python": python}


def _watch(report: Report, server: Orthanc) -> None:
    try:
        server.start()
        _read_log(report, server.log)
        _ask(report, server)
        code = server.stop()
        report.check("clean stop", code == 0, f"exit code {code}", "See the end of the log below.")
        report.log = "" if code == 0 else _without_details(server.log)
    except OrthancFailed as error:
        report.log = _without_details(error.log)
        _read_log(report, error.log)
        reason = "\n".join([str(error).splitlines()[0], *_errors(error.log)])
        report.check("Orthanc with the plugin", False, reason, _remedy(error.log))
    except OSError as error:
        report.check(
            "Orthanc with the plugin",
            False,
            error,
            "Start Orthanc without this command to see the error.",
        )
    finally:
        server.close()


def _read_log(report: Report, log: str) -> None:
    names = ("source", "path", "reason")
    report.passed_over = [dict(zip(names, found)) for found in _PASSED_OVER.findall(log)]
    for name, pattern in (("libpython", _LIBRARY), ("sdk", _SDK)):
        match = pattern.search(log)
        if match is not None:
            report.facts[name] = match[1].strip()


def _errors(log: str) -> list[str]:
    """The errors in the log, without those that do not name the cause."""
    always = ("locale", "Uncaught exception", "INTERNAL ERROR")
    lines = re.findall(r"^E\d{4} .*?\] *(.*\S)", log, re.MULTILINE)
    return [line for line in lines if not any(words in line for words in always)][:3]


def _without_details(log: str) -> str:
    return "".join(line for line in log.splitlines(True) if not re.match(r"[IT]\d{4} ", line))


def _ask(report: Report, server: Orthanc) -> None:
    try:
        response = server.get("/orthanc-python-doctor")
        response.raise_for_status()
        inside = response.json()
        plugin = server.get("/plugins/python").json()
    except (requests.RequestException, ValueError) as error:
        report.log = _without_details(server.log)
        report.check("script in Orthanc", False, error, _remedy(server.log))
        return
    report.facts = {"plugin": plugin.get("Version"), **report.facts, **inside}
    report.check("plugin", True, f"version {plugin.get('Version')}")
    report.check("Python in Orthanc", True, inside["version"].replace("\n", " "))
    if report.configuration.get("Python", {}).get("Executable") == sys.executable:
        report.check(
            "same Python as this command",
            os.path.realpath(inside["prefix"]) == os.path.realpath(sys.prefix),
            f"{inside['prefix']} (this command: {sys.prefix})",
            "Scripts do not find the packages of this Python: the plugin did not use "
            "Python.Executable.",
        )
    wrong = inside["executable_error"]
    report.check(
        "sys.executable",
        wrong is None,
        inside["executable"] if wrong is None else f"{inside['executable']}: {wrong}",
        "subprocess and multiprocessing need a real Python: set Python.Executable.",
    )
    _check_script(report, inside["script_error"])
    for name, failure in inside["extensions"].items():
        report.check(
            f"import {name}",
            failure is None,
            "works" if failure is None else failure.splitlines()[-1],
            "This Python lacks a module or its library; try the same import outside of Orthanc.",
        )


def _remedy(log: str) -> str:
    """The remedy for an Orthanc that did not start, from its log."""
    if "No Python that this plugin can use" in log:
        return "The plugin found no Python that fits; the reasons are below."
    if "Permission denied" in log:
        return "This account may not read one of the files: see the log below."
    if "cannot open shared object" in log or "undefined symbol" in log:
        return "A shared library is missing or too old: see the log below."
    return "See the log below."


def _check_script(report: Report, error: str | None) -> None:
    if error is not None:
        remedy = "Correct the script, or use another Python: see Python.Executable."
        report.check("script", False, f"it does not compile: {error}", remedy)

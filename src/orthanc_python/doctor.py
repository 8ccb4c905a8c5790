# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python doctor`: start Orthanc with the plugin, and tell what is wrong and what to do."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests

from .binary import architectures
from .configuration import python_section, read_configuration, snippet
from .debian import PackageError, binary
from .host import OrthancNotFound, find_orthanc, orthanc_version
from .libpython import LibpythonMissing, ensure_libpython
from .library import LibraryNotFound, library_path
from .server import Orthanc, OrthancFailed

_SCRIPT = Path(__file__).parent / "inside" / "orthanc_python_diagnosis.py"
_OLDEST_ORTHANC = (1, 7, 2)
_PASSED_OVER = re.compile(r"Python candidate passed over: ([^:]+): (.*?): (.*)")
_LIBRARY = re.compile(r"Python library: (.+)")
_SDK = re.compile(r"Orthanc SDK[^:\n]*: (\S+)")


@dataclass
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


@dataclass
class Report:
    """All that the doctor says."""

    checks: list[Check] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    passed_over: list[dict[str, str]] = field(default_factory=list)
    log: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)

    def check(self, name: str, ok: bool, found: object, remedy: str = "") -> bool:
        """Note a result; the remedy is kept if it is needed."""
        self.checks.append(Check(name, ok, str(found), "" if ok else remedy))
        return ok

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)


def doctor(*, orthanc: str | None, config_path: Path | None, as_json: bool) -> int:
    """Examine, print the report, and return the exit code of the command."""
    config = read_configuration(config_path) if config_path is not None else {}
    report = examine(orthanc, config)
    print(json.dumps(_as_data(report), indent=2) if as_json else _as_text(report))
    return 0 if report.healthy else 1


def examine(wanted: str | None, config: Mapping[str, Any]) -> Report:
    """Look at every part, as far as the part before it is sound."""
    report = Report()
    try:
        library = library_path()
    except LibraryNotFound as error:
        report.check("library", False, error, "Install the package again: pip install --force")
        return report
    report.check("library", True, library)
    try:
        executable = find_orthanc(wanted)
    except OrthancNotFound as error:
        report.check("Orthanc", False, error, "Install Orthanc, or name it with --orthanc PATH.")
        return report
    if not _check_orthanc(report, executable, library):
        return report
    python = _python(report, config)
    report.configuration = snippet(library, None, python)
    _start(report, executable, library, python)
    return report


def _check_orthanc(report: Report, executable: Path, library: Path) -> bool:
    version = orthanc_version(executable)
    if not report.check(
        "Orthanc",
        version is not None,
        executable if version is None else f"{executable}, version {version}",
        "It does not run. Try it by hand with --version; is it made for this system?",
    ):
        return False
    if version is not None and version != "mainline":
        found = tuple(int(part) for part in version.split("."))
        oldest = ".".join(map(str, _OLDEST_ORTHANC))
        remedy = f"Install Orthanc {oldest} or later."
        report.check("Orthanc's version", found >= _OLDEST_ORTHANC, version, remedy)
    theirs, ours = architectures(binary(executable)), architectures(library)
    return not (theirs and ours) or report.check(
        "processor",
        bool(theirs & ours),
        f"Orthanc: {', '.join(sorted(theirs))}; plugin: {', '.join(sorted(ours))}",
        "Orthanc, the plugin and Python must be made for the same processor (and 32 or 64 bits).",
    )


def _python(report: Report, config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return python_section(config, ensure_libpython())
    except (LibpythonMissing, PackageError) as error:
        report.check("libpython", False, error, "Install the package it names.")
        return python_section(config)


def _start(report: Report, executable: Path, library: Path, python: Mapping[str, Any]) -> None:
    server = Orthanc(
        _SCRIPT,
        plugin=library,
        orthanc=executable,
        config={"Python": dict(python), "DicomServerEnabled": False},
        arguments=["--verbose"],  # the plugin then tells which Pythons it looked at
    )
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
        reason = str(error).splitlines()[0]
        report.check("Orthanc with the plugin", False, reason, _remedy(error.log))
    finally:
        server.close()


def _read_log(report: Report, log: str) -> None:
    names = ("source", "path", "reason")
    report.passed_over = [dict(zip(names, found)) for found in _PASSED_OVER.findall(log)]
    for name, pattern in (("libpython", _LIBRARY), ("sdk", _SDK)):
        match = pattern.search(log)
        if match is not None:
            report.facts[name] = match[1].strip()


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
    if report.configuration["Python"].get("Executable") == sys.executable:
        report.check(
            "same Python as this command",
            os.path.realpath(inside["prefix"]) == os.path.realpath(sys.prefix),
            f"{inside['prefix']} (this command: {sys.prefix})",
            "Packages that are installed with this Python are not seen by scripts: the plugin "
            "did not follow Python.Executable.",
        )
    wrong = inside["executable_error"]
    report.check(
        "sys.executable",
        wrong is None,
        inside["executable"] if wrong is None else f"{inside['executable']}: {wrong}",
        "subprocess and multiprocessing need a real Python: set Python.Executable.",
    )
    for name, failure in inside["extensions"].items():
        report.check(
            f"import {name}",
            failure is None,
            "works" if failure is None else failure.splitlines()[-1],
            "This Python lacks a module or the library under it; try the same import outside.",
        )


def _remedy(log: str) -> str:
    """What to do about an Orthanc that did not start, from what it said."""
    if "No Python that this plugin can use" in log:
        return "The plugin found no Python that fits; the reasons are below."
    if "Permission denied" in log:
        return "This account may not read one of the files: see the log below."
    if "cannot open shared object" in log or "undefined symbol" in log:
        return "A shared library is missing or too old: see the log below."
    return "See the log below."


def _as_data(report: Report) -> dict[str, Any]:
    return {"healthy": report.healthy, **asdict(report)}


def _as_text(report: Report) -> str:
    lines = []
    for check in report.checks:
        lines.append(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}")
        if check.remedy:
            lines.append(f"      -> {check.remedy}")
    lines += ["", *_fact_lines(report.facts)]
    if report.passed_over:
        lines += ["", "Pythons that were passed over:"]
        lines += [f"  {x['source']}: {x['path']}: {x['reason']}" for x in report.passed_over]
    if report.log:
        lines += ["", "Log of Orthanc:", *(f"  {line}" for line in report.log.splitlines()[-40:])]
    if report.configuration:
        lines += ["", "For orthanc.json:", json.dumps(report.configuration, indent=2)]
    lines += ["", "All is well." if report.healthy else "Something is wrong, see FAIL above."]
    return "\n".join(lines)


def _fact_lines(facts: Mapping[str, Any]) -> list[str]:
    if "version" not in facts:
        return [f"{name:16}  {value}" for name, value in facts.items()]
    gil = "on" if facts["gil_enabled"] else "off"
    shown = {
        "account": facts["account"],
        **({"Orthanc SDK": facts["sdk"]} if "sdk" in facts else {}),
        "libpython": facts.get("libpython", "not told"),
        "kind of Python": f"{facts['implementation']}, {facts['bits']} bits, "
        f"debug: {_yes(facts['debug'])}, free-threaded: {_yes(facts['free_threaded'])}",
        "GIL": gil,
        "prefix": facts["prefix"],
        "base prefix": facts["base_prefix"],
        "virtual env": _yes(facts["virtual_environment"]),
        "multiprocessing": f"{facts['start_method']}, {facts['multiprocessing_executable']}",
    }
    return [f"{name:16}  {value}" for name, value in shown.items()]


def _yes(value: bool) -> str:
    return "yes" if value else "no"

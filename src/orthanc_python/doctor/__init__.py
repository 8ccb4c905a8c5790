# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python doctor`: find the problems of an installation, with their remedies."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from ..architecture import architectures
from ..configuration import python_section, script_files, snippet
from ..debian_packages import PackageError, real_executable
from ..find_orthanc import OrthancNotFound, find_orthanc, orthanc_version
from ..libpython import LibpythonMissing, ensure_libpython
from ..library import LibraryNotFound, library_path
from ..run import UsageError, check_script
from .configuration_checks import CheckedConfiguration, check_configuration
from .page import as_html
from .permissions import RequiredAccess, denied
from .report import Report
from .trial_run import Trial

__all__ = ["doctor"]

_OLDEST_ORTHANC = (1, 9, 1)


def doctor(
    *,
    scripts: Sequence[Path] = (),
    orthanc: str | None,
    sha256: str | None,
    config_path: Path | None,
    user: str | None,
    as_json: bool,
    page: Path | None = None,
) -> int:
    """Examine, print the report, and return the exit code of the command."""
    report = examine(scripts, orthanc, sha256, config_path, user)
    if page is not None:
        page.write_text(as_html(report), encoding="utf-8", errors="backslashreplace")
    print(report.as_json() if as_json else report.as_text(colored=_is_colored(sys.stdout)))
    return 0 if report.healthy else 1


def _is_colored(stream: TextIO | None) -> bool:
    if stream is None or not stream.isatty() or os.environ.get("NO_COLOR"):
        return False
    if sys.platform == "win32":  # its older consoles print the codes
        return "WT_SESSION" in os.environ
    return os.environ.get("TERM") != "dumb"


def examine(
    scripts: Sequence[Path],
    wanted: str | None,
    sha256: str | None,
    config_path: Path | None,
    user: str | None,
) -> Report:
    """Check one part after the other, until a part fails on which the next ones depend.

    `scripts` replace those of the configuration; `wanted` is the path or version of an Orthanc.
    """
    report = Report()
    ours: Path | None = None
    missing: LibraryNotFound | None = None
    try:
        ours = library_path()
    except LibraryNotFound as error:
        missing = error
    configured = None
    if config_path is not None:
        configured = check_configuration(report, config_path, user, ours, scripts)
        ours = configured.library or ours
    if ours is None:
        report.check("library", False, missing, "Install the package again: pip install --force")
        return report
    report.check("library", True, ours)
    executable = _orthanc(report, wanted, sha256, configured)
    if executable is None or not _check_orthanc(report, executable, ours):
        return report
    account = configured.account if configured is not None else None
    problems = [] if account is None else denied(account, [RequiredAccess("Orthanc", executable)])
    report.problems("rights", problems)
    if not problems:
        _trial(report, executable, ours, configured, scripts).run(report)
    return report


def _orthanc(
    report: Report,
    wanted: str | None,
    sha256: str | None,
    configured: CheckedConfiguration | None,
) -> Path | None:
    if wanted is None and configured is not None and configured.service is not None:
        program = Path(configured.service.command[0])
        if program.is_file():
            wanted = str(program)
    try:
        return find_orthanc(wanted, sha256=sha256)
    except OrthancNotFound as error:
        report.check("Orthanc", False, error, "Install Orthanc, or name it with --orthanc PATH.")
        return None


def _trial(
    report: Report,
    executable: Path,
    library: Path,
    configured: CheckedConfiguration | None,
    scripts: Sequence[Path],
) -> Trial:
    """The trial of the given configuration, or else of the one that `config` prints."""
    if configured is None:
        python = _python(report)
        report.configuration = snippet(library, scripts, python)
        usable = [script for script in scripts if _is_script(report, script)]
        files = [file for script in usable for file in script_files(script)]
        return Trial(executable, library, {"Python": python}, scripts=files)
    if configured.library is None:
        report.configuration = snippet(library, [], {})
    account, scripts = configured.account, configured.script_files
    return Trial(executable, library, configured.config, account, scripts)


def _is_script(report: Report, script: Path) -> bool:
    try:
        check_script(script)
    except UsageError as error:
        return report.check("script", False, error, "Correct the path.")
    return report.check("script", True, script)


def _check_orthanc(report: Report, executable: Path, library: Path) -> bool:
    version = orthanc_version(executable)
    if not report.check(
        "Orthanc",
        version is not None,
        executable if version is None else f"{executable}, version {version}",
        "It does not run. Start it with --version: it may be made for another system.",
    ):
        return False
    if version is not None and version != "mainline":
        found = tuple(int(part) for part in version.split("."))
        oldest = ".".join(map(str, _OLDEST_ORTHANC))
        remedy = f"Install Orthanc {oldest} or later."
        report.check("Orthanc's version", found >= _OLDEST_ORTHANC, version, remedy)
    theirs, ours = architectures(real_executable(executable)), architectures(library)
    return not (theirs and ours) or report.check(
        "processor",
        bool(theirs & ours),
        f"Orthanc: {', '.join(sorted(theirs))}; plugin: {', '.join(sorted(ours))}",
        "Orthanc, the plugin and Python must be made for the same processor (and 32 or 64 bits).",
    )


def _python(report: Report) -> dict[str, Any]:
    try:
        return python_section({}, ensure_libpython())
    except (LibpythonMissing, PackageError) as error:
        report.check("libpython", False, error, "Install the package it names.")
        return python_section({})

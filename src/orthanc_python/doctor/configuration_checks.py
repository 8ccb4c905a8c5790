# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check a configuration without starting Orthanc."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..configuration import make_absolute, script_files, scripts_of, set_scripts
from ..configuration_files import ConfigurationFiles, Problem
from ..configuration_types import wrong_types
from ..library import library_name
from ..open_access import open_access
from .permissions import RequiredAccess, account_name, denied, is_account, may_act_for_others
from .plugins import PythonPlugin, check_plugins, libraries, python_plugins
from .report import Report
from .service import Service, service_of


@dataclass
class CheckedConfiguration:
    """A configuration, and the service that uses it."""

    files: ConfigurationFiles
    service: Service | None
    account: str | None  # None: the account of this process
    config: dict[str, Any] = field(default_factory=dict)
    plugins: list[PythonPlugin] = field(default_factory=list)
    libraries: list[Path] = field(default_factory=list)

    @property
    def scripts(self) -> list[Path]:
        """The scripts and folders, as absolute paths; a service runs in the folder /."""
        folder = "/" if self.service else ""
        return [Path(folder, name).absolute() for name in scripts_of(self.config)]

    @property
    def script_files(self) -> list[Path]:
        """The files that the plugin imports."""
        return [file for script in self.scripts for file in script_files(script)]

    @property
    def library(self) -> Path | None:
        """The library of this plugin that Orthanc loads."""
        return next((plugin.path for plugin in self.plugins if plugin.ours), None)


def check_configuration(
    report: Report,
    path: Path,
    user: str | None,
    library: Path | None,
    scripts: Sequence[Path] = (),
) -> CheckedConfiguration:
    """Check the files; `library` is the one that Orthanc should load.

    `scripts` replace those of the configuration.
    """
    files = ConfigurationFiles(path)
    service = service_of(path)
    account = _account(report, service, user)
    result = CheckedConfiguration(files, service, account)
    report.problems("configuration", files.problems)
    for doubt in files.doubts:
        report.warn("configuration", doubt.found, doubt.remedy)
    _warn_of_empty(report, files)
    wrong = wrong_types(files.values)
    report.problems("configuration", wrong)
    if not files.problems and not wrong:
        report.check("configuration", True, ", ".join(map(str, files.files)))
    # the following checks treat an option of the wrong type as absent
    unusable = {problem.found.split()[2].partition(".")[0] for problem in wrong}
    result.config = {key: value for key, value in files.values.items() if key not in unusable}
    make_absolute(result.config, files.folder)
    if scripts:
        set_scripts(result.config, scripts)
    door = open_access(result.config, dict.fromkeys(files.empty))
    if door is not None:
        report.warn("access", door.found, door.remedy)
    if files.files:
        _check_plugins(report, result, library)
        _check_script(report, result)
        _check_permissions(report, result)
    return result


def _account(report: Report, service: Service | None, user: str | None) -> str | None:
    wanted = user or (service.account if service is not None else None)
    here = account_name()
    if wanted is None or wanted == here:
        report.check("account", True, here)
        return None
    source = "" if user or service is None else f", the account in {service.source}"
    if not is_account(wanted):
        report.check("account", False, f"There is no account {wanted!r}{source}", "Create it.")
    elif not may_act_for_others():
        report.warn(
            "account",
            f"This command runs as {here!r}; Orthanc runs as {wanted!r}{source}",
            "Run it as root to check with the rights of that account.",
        )
    else:
        report.check("account", True, f"{wanted}{source}")
        return wanted
    return None


def _warn_of_empty(report: Report, files: ConfigurationFiles) -> None:
    names = ", ".join(dict.fromkeys(files.empty))
    if names:
        report.warn(
            "configuration",
            f"Variables that are empty or not set in this environment: {names}",
            "Set them for Orthanc, or write ${NAME:-default}.",
        )


def _check_plugins(report: Report, subject: CheckedConfiguration, library: Path | None) -> None:
    problems: list[Problem] = []
    try:
        subject.libraries = libraries(subject.config.get("Plugins", []), problems)
    except OSError as error:
        problems.append(Problem(f"Cannot list the plugins: {error}"))
    subject.plugins = python_plugins(subject.libraries)
    wanted = library or Path(library_name())
    problems += check_plugins(subject.plugins, wanted)
    report.problems("Plugins", problems)
    if not problems:
        report.check("Plugins", True, f"loads {subject.library}")


def _check_script(report: Report, subject: CheckedConfiguration) -> None:
    scripts = subject.scripts
    if not scripts:
        report.warn(
            "script", "There is none, so the plugin does nothing", 'Set "PythonScript" to its path.'
        )
        return
    listed = subject.config.get("Python", {}).get("Scripts", [])
    for given, script in zip(scripts_of(subject.config), scripts):
        if not Path(given).is_absolute():
            report.warn(
                "script",
                f"{given} is relative to the current directory of Orthanc, here {script.parent}",
                "Give its absolute path.",
            )
        if script.is_dir() and given in listed:
            if not script_files(script):
                report.check("script", False, f"{script} has no .py file", "Name another folder.")
        elif script.suffix != ".py":
            report.check("script", False, f"{script} is not a .py file", "Rename it.")
        elif script.is_dir():
            report.check("script", False, f"{script} is a folder", "Name a file in it.")


def _check_permissions(report: Report, subject: CheckedConfiguration) -> None:
    problems = denied(subject.account, list(_required_access(subject)))
    report.problems("rights", problems)
    if not problems:
        report.check("rights", True, f"{subject.account or account_name()} may use all of it")


def _required_access(subject: CheckedConfiguration) -> Iterator[RequiredAccess]:
    config, python = subject.config, subject.config.get("Python", {})
    for file in subject.files.files:
        yield RequiredAccess("The configuration", file)
    storage = Path(config.get("StorageDirectory", subject.files.folder / "OrthancStorage"))
    yield RequiredAccess("The storage", storage, write=True)
    if config.get("IndexDirectory"):
        yield RequiredAccess("The index", Path(config["IndexDirectory"]), write=True)
    if config.get("TemporaryDirectory"):
        yield RequiredAccess("The folder for temporary files", Path(config["TemporaryDirectory"]))
    if subject.service is not None and subject.service.log_folder is not None:
        yield RequiredAccess("The folder of the log", subject.service.log_folder, write=True)
    for library in subject.libraries:
        yield RequiredAccess("The plugin", library)
    for script in subject.script_files:
        yield RequiredAccess("The script", script)
    for option in ("Executable", "VirtualEnv", "Library"):
        if isinstance(python.get(option), str) and sys.platform != "win32":
            yield RequiredAccess(f"Python.{option}", Path(python[option]))
    if subject.library is not None:
        environment = environment_of(subject.library)
        if environment is not None:
            yield RequiredAccess("The virtual environment of the plugin", environment)


def environment_of(library: Path) -> Path | None:
    """The virtual environment in which the library is installed."""
    folders = library.resolve().parents
    return next((folder for folder in folders if (folder / "pyvenv.cfg").is_file()), None)

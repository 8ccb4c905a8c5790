# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The service that runs Orthanc with a configuration: its account, its program, its folders."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_UNIT_FOLDERS = (
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)


@dataclass(frozen=True)
class Service:
    """A service, as its unit of systemd or its init script describes it."""

    source: Path
    account: str
    command: tuple[str, ...]

    @property
    def log_folder(self) -> Path | None:
        """The folder of Orthanc's log; None if it logs to standard error."""
        found = [word[9:] for word in self.command if word.startswith("--logdir=")]
        return Path(found[-1]) if found else None


def service_of(configuration: Path, root: Path = Path("/")) -> Service | None:
    """The service that starts Orthanc with this configuration."""
    wanted = configuration.resolve()
    for service in [*_units(root), *_init_scripts(root)]:
        words = [word for word in service.command[1:] if not word.startswith("-")]
        if any(Path(word).resolve() == wanted for word in words):
            return service
    return None


def _units(root: Path) -> list[Service]:
    services: dict[str, Service] = {}
    for folder in _UNIT_FOLDERS:
        for unit in sorted((root / folder).glob("orthanc*.service")):
            service = _unit(unit, root)
            if unit.name not in services and service is not None:  # the first folder wins
                services[unit.name] = service
    return list(services.values())


def _unit(unit: Path, root: Path) -> Service | None:
    drop_ins = [
        path
        for folder in reversed(_UNIT_FOLDERS)
        for path in sorted((root / folder / f"{unit.name}.d").glob("*.conf"))
    ]
    text = "\n".join(map(_text, (unit, *drop_ins))).replace("\\\n", " ")
    users = re.findall(r"^User=[ \t]*(\S*)", text, re.MULTILINE)
    commands = re.findall(r"^ExecStart=[-@:+!]*[ \t]*(\S.*)", text, re.MULTILINE)
    if not commands:
        return None
    return Service(unit, (users or [""])[-1] or "root", _words(commands[-1]))


def _init_scripts(root: Path) -> list[Service]:
    return [_init_script(script) for script in sorted((root / "etc/init.d").glob("orthanc*"))]


def _init_script(script: Path) -> Service:
    found = re.findall(r"^(\w+)=(.*)$", _text(script), re.MULTILINE)
    values = {name: value.strip("\"'") for name, value in found}
    line = f"{values.get('DAEMON', 'Orthanc')} {values.get('DAEMON_ARGS', '')}"
    line = re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], ""), line)
    return Service(script, values.get("ORTHANC_USER", "root").partition(":")[0], _words(line))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _words(line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line)) or ("",)
    except ValueError:  # an unterminated quote
        return tuple(line.split()) or ("",)

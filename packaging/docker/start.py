#!/opt/python/bin/python
# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prepare and check the configuration, then start Orthanc: this is /usr/sbin/Orthanc in the image.

Each start of Orthanc runs this program, also in images with another entry point built on this one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import settings

from orthanc_python.configuration_types import wrong_types
from orthanc_python.doctor.permissions import RequiredAccess, denied
from orthanc_python.open_access import is_open_on_purpose, open_access

ORTHANC = "/usr/lib/orthanc/Orthanc"
CONFIGURATION = "/etc/orthanc"

_ENDS_AT_ONCE = ("--help", "--version", "--errors", "--config")

_PASSWORD = """\
  docker run -e ORTHANC_PASSWORD=... -p 8042:8042 -p 4242:4242 IMAGE
If it is not to ask for passwords at all, for example behind a proxy that does, the configuration
must say so: "AuthenticationEnabled": false
"""
_OWNER = """\
For a volume or a folder of the host:
  docker run --rm --user 0 --entrypoint chown -v ...:{folder} IMAGE -R {owner} {folder}
"""


def main() -> None:
    """Replace this process by Orthanc."""
    arguments = sys.argv[1:]
    paths = [argument for argument in arguments if not argument.startswith("-")]
    if not paths and not any(argument.startswith(_ENDS_AT_ONCE) for argument in arguments):
        paths = [CONFIGURATION]
        arguments += paths
    if paths:
        try:
            arguments[arguments.index(paths[0])] = str(prepare(*map(Path, paths)))
        except (settings.SettingError, OSError) as error:
            sys.exit(f"Orthanc is not started: {error}")
    os.execv(ORTHANC, ["Orthanc", *settings.options(), *arguments])


def prepare(path: Path, *others: Path) -> Path:
    """Write the merged configuration, and return its path."""
    if others:
        reason = f"{path} and {', '.join(map(str, others))} were given; Orthanc reads only one path"
        raise settings.SettingError(f"{reason}\nPut all files into one folder.")
    merged = settings.read(path)
    refusal = check(merged)
    if refusal:
        raise settings.SettingError(f"{', '.join(merged.sources) or path}: {refusal}")
    _say(f"The configuration comes from: {', '.join([*merged.sources, 'defaults of the image'])}")
    for name in settings.without_effect():
        _say(f"WARNING: {name} has no effect: this image loads all plugins that it contains")
    if is_open_on_purpose(merged.values):
        _say(
            f"WARNING: {path} says AuthenticationEnabled: false and RemoteAccessAllowed: "
            "true. Everybody who reaches port 8042 can read, change and delete all data."
        )
    return merged.write()


def check(merged: settings.Settings) -> str:
    """The reason why Orthanc must not start with the configuration; "" if it may."""
    values = merged.values
    problem = open_access(values, dict.fromkeys(merged.empty))
    if problem is not None:
        return f"{problem}\n{_PASSWORD}"
    wrong = wrong_types(values)
    if wrong:
        return "\n".join(map(str, wrong))
    folders = {name: _folder(values, name) for name in ("StorageDirectory", "IndexDirectory")}
    obstacles = denied(
        None, [RequiredAccess(name, folder, write=True) for name, folder in folders.items()]
    )
    if obstacles:
        folder = folders["StorageDirectory"]
        return f"{obstacles[0]}\n{_OWNER.format(folder=folder, owner=os.getuid())}"
    return ""


def _folder(values: dict[str, Any], name: str) -> Path:
    return Path(values.get(name, values["StorageDirectory"]))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

#!/opt/python/bin/python
# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Refuse a configuration without a password: this is /usr/sbin/Orthanc in the image.

Each start of Orthanc runs this program, also in images with another entry point built on this one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orthanc_python.configuration_files import ConfigurationFiles
from orthanc_python.open_access import is_open_on_purpose, open_access

ORTHANC = "/usr/lib/orthanc/Orthanc"

_SET_VARIABLE = """\
  docker run -e ORTHANC_PASSWORD=... -p 8042:8042 -p 4242:4242 IMAGE
If it is not to ask for passwords at all, for example behind a proxy that does, the configuration
must say so: "AuthenticationEnabled": false
"""


def main() -> None:
    """Check the configuration, and replace this process by Orthanc."""
    for path in [argument for argument in sys.argv[1:] if not argument.startswith("-")]:
        refusal = check(Path(path))
        if refusal:
            sys.exit(f"Orthanc is not started: {refusal}")
    os.execv(ORTHANC, ["Orthanc", *sys.argv[1:]])


def check(configuration: Path) -> str:
    """The reason why Orthanc must not start with the configuration; "" if it may."""
    files = ConfigurationFiles(configuration)
    if files.problems:
        return "\n".join(map(str, files.problems))
    problem = open_access(files.values, dict.fromkeys(files.empty))
    if problem is not None:
        return f"{configuration}: {problem}\n{_SET_VARIABLE}"
    if is_open_on_purpose(files.values):
        print(
            f"WARNING: {configuration} says AuthenticationEnabled: false and RemoteAccessAllowed: "
            "true. Everybody who reaches port 8042 can read, change and delete all data.",
            file=sys.stderr,
            flush=True,
        )
    return ""


if __name__ == "__main__":
    main()

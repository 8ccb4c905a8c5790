# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Print the entry of this plugin for build-matrix.json of the project orthanc-builder.

    python packaging/windows/orthanc_builder.py

orthanc-builder makes Orthanc's installers for Windows. The entry takes the library for every Python
from the release; the installer offers it in place of the plugins for one Python each.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline import names, project
from pipeline.matrix_file import ANY, load


def entry(repository: str, version: str) -> dict[str, object]:
    """The entry; orthanc-builder replaces ${VERSION} with the field BuildbotVersion."""
    component: dict[str, object] = {
        "Description": "Python plugin for Python 3.9 or later (AGPL license)",
        "Name": "python_any",
        "Mandatory": False,
        "Checked": False,
        "Exclusive": True,
        "Category": "python_plugins",
    }
    for artifact in load().artifacts(pythons=[ANY]):
        if artifact.platform.system == "windows":
            file = names.library(artifact, "${VERSION}")
            url = f"{repository}/releases/download/v${{VERSION}}/{file}"
            component[f"Downloads{artifact.platform.bits}"] = [
                [url, "Plugins", names.library_in_package(artifact.platform)]
            ]
    return {
        "name": "Orthanc-python-any",
        "repo": repository,
        "repoType": "git",
        "comment": "# CHANGE_VERSION_PYTHON_ANY",
        "stable": f"v{version}",
        "BuildbotVersion": version,
        "unstable": "main",
        "buildForMacOS": False,
        "windows": [component],
    }


def main() -> int:
    """Run the command and return its exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(json.dumps(entry(project.repository(), project.version()), indent=4))
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The entry for orthanc-builder, read as its CreateInstaller.py reads build-matrix.json."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from pipeline import names, project
from pipeline.matrix_file import Matrix


def test_the_installer_finds_the_files_of_the_release(full: Matrix) -> None:
    script = project.ROOT / "packaging/windows/orthanc_builder.py"
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, check=True)
    entry: dict[str, Any] = json.loads(done.stdout)
    version = entry["BuildbotVersion"]
    assert version == project.version() and entry["stable"] == f"v{version}"
    (component,) = entry["windows"]
    assert component["Category"] == "python_plugins" and component["Exclusive"]
    assert not component["Mandatory"] and not component["Checked"]
    released = names.released(full, version)
    for bits, suffix in (("64", ""), ("32", "-win32")):
        ((url, folder, name),) = component[f"Downloads{bits}"]
        address, _, file = url.replace("${VERSION}", version).rpartition("/")
        assert address == f"{project.repository()}/releases/download/v{version}"
        assert file == f"OrthancPython-{version}{suffix}.dll" and file in released
        assert (folder, name) == ("Plugins", "OrthancPython.dll")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The workflow Rebuild compares bytes. This finds the usual cause of a difference sooner."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline import project


def test_the_library_contains_no_folder_of_the_build_machine(plugin: Path) -> None:
    content = plugin.read_bytes()
    for folder in (project.ROOT, plugin.parent, Path.home()):
        assert os.fsencode(folder) + b"/" not in content, folder

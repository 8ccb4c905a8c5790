# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build an artifact with cibuildwheel, as the machines of the release do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import names, project, wheels
from .matrix import ANY, Artifact
from .subprocesses import SUBPROCESSES


def environment(artifact: Artifact) -> dict[str, str]:
    """The settings of cibuildwheel for one artifact."""
    python, platform = artifact.python, artifact.platform
    settings = [f"cmake.define.PYTHON_VERSION={python.version}"]
    if python.tag == ANY:
        settings.append("wheel.py-api=py3")
    date = project.source_date()
    variables = [f"SOURCE_DATE_EPOCH={date}"]
    if platform.system == "macos":
        variables.append(f"MACOSX_DEPLOYMENT_TARGET={platform.macos}")
    result = {
        "CIBW_BUILD": f"{python.carrier}-{platform.cibuildwheel}",
        "CIBW_ARCHS": "all",
        "CIBW_CONFIG_SETTINGS": " ".join(settings),
        "CIBW_ENVIRONMENT": " ".join(variables),
        "CIBW_MANYLINUX_X86_64_IMAGE": "manylinux_2_28",
        "CIBW_MANYLINUX_AARCH64_IMAGE": "manylinux_2_28",
        # Nothing to repair: the pipeline checks the dependencies and sets the tags itself.
        "CIBW_REPAIR_WHEEL_COMMAND": "",
    }
    return result


def build(artifact: Artifact, work: Path, dist: Path, log: Path) -> tuple[Path, Path]:
    """The library and the wheel, under the names of a release, in `dist`."""
    output = work / "wheels"
    for old in output.glob("*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "cibuildwheel", "--platform", artifact.platform.system]
    command += ["--output-dir", str(output), str(project.ROOT)]
    SUBPROCESSES.check(command, log, {**os.environ, **environment(artifact)})
    (made,) = output.glob("*.whl")
    wheel = wheels.finish(made, dist, artifact, project.source_date())
    library = dist / names.library(artifact, project.version())
    library.write_bytes(wheels.library(wheel, artifact.platform))
    library.chmod(0o755)
    return library, wheel

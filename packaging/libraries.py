# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write the libraries of a release and try them: cibuildwheel's test-command for each Python.

    python packaging/libraries.py WHEEL --output FOLDER

Extracts the library for every Python from WHEEL, and builds the library for the Python that runs
this program. Loads both into the program of tests/fake_orthanc.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from pipeline import interpreters, names, project, wheels
from pipeline.matrix_file import ANY, Artifact, Platform, Python, load

LOAD = project.ROOT / "tests" / "fake_orthanc" / "load.py"


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--output", type=Path, default=project.ROOT / "wheelhouse")
    options = parser.parse_args()
    platform = platform_of(options.wheel)
    own = running()
    options.output.mkdir(parents=True, exist_ok=True)
    written = [save(options.wheel, Artifact(load().python(ANY), platform), options.output)]
    with tempfile.TemporaryDirectory() as folder:
        made = build(own, Path(folder))
        written.append(save(made, Artifact(own, platform), options.output))
    try:
        python = interpreters.with_shared_library(own.version, platform.tag)
    except interpreters.NoSuchPython as error:
        sys.exit(f"No Python {own.version} to load the libraries with: {error}")
    command = [sys.executable, str(LOAD), *map(str, written), "--python", python]
    return subprocess.run(command, check=False).returncode


def platform_of(wheel: Path) -> Platform:
    """The platform of packaging/matrix.toml that a wheel is for."""
    platforms = [one for one in load().platforms if wheel.stem.endswith(f"-{one.tag}")]
    if not platforms:
        known = ", ".join(one.tag for one in load().platforms)
        sys.exit(f"{wheel.name} is for no platform of packaging/matrix.toml ({known})")
    return platforms[0]


def running() -> Python:
    """The running Python, as packaging/matrix.toml lists it."""
    suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    try:
        return load().python("cp{}{}{}".format(*sys.version_info[:2], suffix))
    except ValueError as error:
        sys.exit(f"{sys.executable}: {error}")


def build(python: Python, folder: Path) -> Path:
    """A wheel with the library for the running Python."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder)]
    command += ["--no-build-isolation"]  # the tools of packaging/requirements/build.txt
    command += ["-C", f"cmake.define.PYTHON_VERSION={python.version}", "-C", "wheel.py-api="]
    if subprocess.run([*command, str(project.ROOT)], check=False).returncode != 0:
        sys.exit(
            f"{python.title}: pip cannot build the library, see its output above. The build needs"
            " a C++17 compiler: on Windows, Visual Studio 2019 or later."
        )
    (wheel,) = folder.glob("*.whl")
    return wheel


def save(wheel: Path, artifact: Artifact, output: Path) -> Path:
    """Write the library of a wheel under its name in a release."""
    path = output / names.library(artifact, project.version())
    path.write_bytes(wheels.library(wheel, artifact.platform))
    path.chmod(0o755)
    print(f"Wrote {path}", flush=True)
    return path


if __name__ == "__main__":
    sys.exit(main())

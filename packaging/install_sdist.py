# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Install the source archive in a new environment of the running Python, as users do.

    python packaging/install_sdist.py --pip 20.3.4
    python packaging/install_sdist.py

The first command uses the pip of Debian 11, the second one the newest pip. The installed library
must load into the program of tests/fake_orthanc. Needs the package virtualenv, and CMake.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline import names, project

LOAD = project.ROOT / "tests" / "fake_orthanc" / "load.py"


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pip", default="", help="the version of pip; default: the newest")
    parser.add_argument("--dist", type=Path, default=project.ROOT / "wheelhouse")
    options = parser.parse_args()
    archive = options.dist / names.sdist(project.version())
    if not archive.is_file():
        sys.exit(f"There is no {archive}: run python -m build --sdist --outdir {options.dist}")
    with tempfile.TemporaryDirectory() as folder:
        python = install(archive, options.pip, Path(folder))
        path = subprocess.run(
            [python, "-m", "orthanc_python", "path"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=folder,
        ).stdout.strip()
        command = [sys.executable, str(LOAD), path, "--python", python]
        return subprocess.run(command, check=False).returncode


def install(archive: Path, pip: str, folder: Path) -> str:
    """Install the archive with this pip; return the interpreter of the environment."""
    subprocess.run([sys.executable, "-m", "virtualenv", "-q", str(folder)], check=True)
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    wanted = f"pip=={pip}" if pip else "pip"
    for package in ([wanted], [str(archive)]):
        subprocess.run([python, "-m", "pip", "install", "-q", "-U", *package], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())

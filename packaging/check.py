# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check the wheel and the libraries that cibuildwheel made for one platform.

    python packaging/check.py --platform win_amd64
    python packaging/check.py --platform win_amd64 --minimal

All files of packaging/matrix.toml must be there, under the names of a release, and keep the
promises in docs/contributing/releasing.md.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from pipeline import checks, project
from pipeline.matrix_file import load


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", required=True, help="a tag of packaging/matrix.toml")
    parser.add_argument("--minimal", action="store_true", help="only the Pythons for pull requests")
    parser.add_argument("--dist", type=Path, default=project.ROOT / "wheelhouse")
    options = parser.parse_args()
    matrix = load().minimal() if options.minimal else load()
    matrix = replace(matrix, platforms=(load().platform(options.platform),))
    problems = checks.folder(options.dist, matrix, project.version())
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

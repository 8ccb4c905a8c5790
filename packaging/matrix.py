# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Print or write the tables and lists that derive from matrix.toml.

python packaging/matrix.py docs              write docs/reference/compatibility.md
python packaging/matrix.py github build      the matrix of GitHub's machines for builds
python packaging/matrix.py github smoke      the matrix of GitHub's machines for smoke tests
python packaging/matrix.py files             the names of all files of a release
python packaging/matrix.py check             compare with the builds of cibuildwheel
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from pipeline import names, project, tables
from pipeline.matrix_file import Matrix, load

DOCUMENT = project.ROOT / "docs" / "reference" / "compatibility.md"


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("docs")
    github = commands.add_parser("github")
    github.add_argument("kind", choices=["build", "smoke"])
    github.add_argument("--minimal", action="store_true", help="only the Pythons for pull requests")
    commands.add_parser("files")
    commands.add_parser("check")
    options = parser.parse_args()
    matrix = load()
    if options.command == "docs":
        DOCUMENT.write_bytes(tables.document(matrix).encode("utf-8"))
    elif options.command == "github":
        chosen = matrix.minimal() if options.minimal else matrix
        jobs = tables.build_jobs if options.kind == "build" else tables.smoke_jobs
        print(json.dumps(jobs(chosen)))
    elif options.command == "files":
        print("\n".join(names.released(matrix, project.version())))
    else:
        return check(matrix)
    return 0


def check(matrix: Matrix) -> int:
    """Name the differences between the list and cibuildwheel's builds; needs no network."""
    problems = []
    for system in dict.fromkeys(platform.system for platform in matrix.platforms):
        archs = ",".join(one.archs for one in matrix.platforms if one.system == system)
        answer = subprocess.run(
            [sys.executable, "-m", "cibuildwheel", "--platform", system, "--archs", archs]
            + ["--print-build-identifiers"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=project.ROOT,
        )
        problems += tables.cibuildwheel_differences(matrix, system, answer.stdout.split())
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

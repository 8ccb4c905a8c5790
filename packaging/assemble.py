# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Create the folder of a release from the wheels, libraries and sources in wheelhouse/.

    python packaging/assemble.py                 require all files of packaging/matrix.toml
    python packaging/assemble.py --partial       use the files that exist, to test the release
    python packaging/assemble.py check           list the reasons to refuse a tag v<version>
    python packaging/assemble.py news            list the news fragments that commits have lost

Adds an archive for each platform, the table of compatibility, the release notes, the CycloneDX bill
of materials and SHA256SUMS. Run twice, it writes the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline import names, project, readiness, release
from pipeline.matrix_file import load


def main() -> int:
    """Run the command and return its exit code."""
    options = parse()
    matrix, version = load(), project.version()
    tag = options.tag or f"v{version}"
    if options.command != "assemble":
        news = options.command == "news"
        problems = readiness.lost_news() if news else readiness.problems(tag)
        for problem in problems:
            print(problem, file=sys.stderr)
        return 1 if problems else 0
    if tag != f"v{version}":
        print(f"The tag {tag} is not v{version}, the version in pyproject.toml", file=sys.stderr)
        return 1
    made = release.Release(matrix, version, project.source_date(), options.output)
    try:
        missing = made.assemble(options.dist, options.partial)
    except release.Incomplete as error:
        print(error, file=sys.stderr)
        return 1
    count = len(list(options.output.iterdir()))
    print(f"{count} of {len(names.released(matrix, version))} files in {options.output}")
    for name in missing:
        print(f"missing: {name}")
    return 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "command", nargs="?", choices=["assemble", "check", "news"], default="assemble"
    )
    parser.add_argument("--dist", type=Path, default=project.ROOT / "wheelhouse")
    parser.add_argument("--output", type=Path, default=project.ROOT / "build" / "release")
    parser.add_argument("--partial", action="store_true")
    parser.add_argument("--tag", help="refuse to work if the version is not that of this tag")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

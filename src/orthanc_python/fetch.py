# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m orthanc_python.fetch`: maintain the lock file, or fill the cache."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import official_binaries
from .find_orthanc import OrthancNotFound, find_orthanc
from .progress import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m orthanc_python.fetch", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    lock = commands.add_parser("lock", help="download the binaries and write their checksums")
    lock.add_argument("versions", nargs="*", metavar="VERSION", help="default: those of the lock")
    lock.add_argument("--output", type=Path, default=official_binaries.LOCK, metavar="FILE")
    merge = commands.add_parser("merge", help="write the lock on which several machines agree")
    merge.add_argument("files", nargs="+", type=Path, metavar="FILE")
    merge.add_argument("--output", type=Path, default=official_binaries.LOCK, metavar="FILE")
    orthanc = commands.add_parser("orthanc", help="print the path of an Orthanc, fetched if needed")
    orthanc.add_argument("wanted", nargs="?", metavar="PATH|VERSION")
    options = parser.parse_args(arguments)
    if options.command == "lock":
        failed = official_binaries.lock_versions(options.versions, options.output)
        for reason in failed:
            say(reason)
        return 1 if failed else 0
    try:
        if options.command == "merge":
            official_binaries.merge(options.files, options.output)
        else:
            print(find_orthanc(options.wanted))
    except (OrthancNotFound, official_binaries.Disagreement) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load one artifact into an Orthanc and see whether it works.

    python tests/smoke ARTIFACT [--python PYTHON] [--orthanc PATH|VERSION]

ARTIFACT is a wheel or a library, PYTHON the interpreter that the plugin has to use. Orthanc is the
one of this machine, or the official binary, which must be in the lock file of checksums.
Needs the package requests, and pip for wheels.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import checks  # noqa: E402
from environment import Environment  # noqa: E402

from orthanc_python.find_orthanc import OrthancNotFound, find_orthanc, orthanc_version  # noqa: E402


def main() -> int:
    """Run the command and return its exit code: 0 if all is well, 1 if not, 2 if it cannot run."""
    options = parse()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that cleanup runs
    root = None
    if options.debian is not None:
        from tests.support import debian_chroots

        root = debian_chroots.prepare(options.debian).root
        orthanc, version = None, debian_chroots.RECIPES[options.debian].orthanc
    else:
        try:
            orthanc = find_orthanc(options.orthanc, only_known=True)
        except OrthancNotFound as error:
            print(error, file=sys.stderr)
            return 2
        version = orthanc_version(orthanc) or "of unknown version"
    environment = Environment(options.python, root)
    try:
        outcome = checks.run(options.artifact, environment, orthanc, root, options.packages)
    finally:
        environment.close()
    report(options, version, environment, outcome)
    return 1 if outcome.failed else 0


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python tests/smoke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--python", default=sys.executable, help="default: the one that runs this")
    parser.add_argument("--orthanc", metavar="PATH|VERSION")
    parser.add_argument(
        "--debian", help="run in a Debian of tests/support/debian_chroots.py, as root"
    )
    parser.add_argument("--packages", nargs="*", default=[], help="packages to install and import")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the result")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where to write Orthanc's log")
    options = parser.parse_args()
    if not options.artifact.is_file():
        parser.error(f"there is no {options.artifact}")
    if options.debian and options.packages:
        parser.error("--packages installs into Pythons of this machine, not of a --debian")
    options.artifact = options.artifact.absolute()
    return options


def report(
    options: argparse.Namespace, version: str, environment: Environment, outcome: checks.Outcome
) -> None:
    """Print the outcome for people, and write it for programs."""
    print(f"{options.artifact.name}, Orthanc {version}, Python {environment.about['version']}")
    for name, seen in outcome.passed:
        print(f"  ok      {name.replace('_', ' ')}: {seen}")
    if outcome.failed:
        print(f"  FAILED  {outcome.failed.replace('_', ' ')}")
        print("\n".join(f"    | {line}" for line in outcome.log.splitlines()[-40:]))
    if options.log is not None:
        options.log.write_text(outcome.log, encoding="utf-8")
    if options.json is not None:
        result = {
            "artifact": options.artifact.name,
            "orthanc": version,
            "python": environment.about,
            **{key: value for key, value in asdict(outcome).items() if key != "log"},
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

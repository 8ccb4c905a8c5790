# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `orthanc-python`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .configuration import ConfigurationError, python_section, snippet
from .doctor import doctor
from .download import DownloadError
from .host import OrthancNotFound
from .libpython import LibpythonMissing, ensure_libpython
from .library import LibraryNotFound, library_path
from .run import UsageError, run
from .server import OrthancFailed

_ERRORS = (
    ConfigurationError,
    DownloadError,
    LibpythonMissing,
    LibraryNotFound,
    OrthancFailed,
    OrthancNotFound,
    UsageError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What follows "--" is for Orthanc: argparse must not look at it.
    end = given.index("--") if "--" in given else len(given)
    parser = _parser()
    options = parser.parse_args(given[:end])
    if given[end:] and options.command != "run":
        parser.error(f"{options.command} takes no arguments for Orthanc")
    try:
        return _dispatch(options, given[end + 1 :])
    except _ERRORS as error:
        print(f"orthanc-python: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _dispatch(options: argparse.Namespace, for_orthanc: Sequence[str]) -> int:
    if options.command == "run":
        return run(
            options.script,
            orthanc=options.orthanc,
            http_port=options.http_port,
            dicom_port=options.dicom_port,
            storage=options.storage,
            config_path=options.config,
            arguments=for_orthanc,
        )
    if options.command == "path":
        print(library_path())
        return 0
    if options.command == "config":
        if options.script is not None and not options.script.is_file():
            raise UsageError(f"There is no script {options.script.absolute()}")
        lines = snippet(library_path(), options.script, python_section({}, ensure_libpython()))
        print(json.dumps(lines, indent=2, ensure_ascii=False))
        return 0
    return doctor(
        orthanc=options.orthanc,
        config_path=options.config,
        user=options.user,
        as_json=options.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="orthanc-python", description="Run Python scripts in the DICOM server Orthanc."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    running = commands.add_parser(
        "run",
        help="start Orthanc with a script",
        usage="%(prog)s SCRIPT [options] [-- ORTHANC ARGUMENTS]",
        description="Start Orthanc with a script, and stop it cleanly on Ctrl-C. "
        "What follows -- is given to Orthanc, e.g. -- --verbose.",
    )
    running.add_argument("script", type=Path, metavar="SCRIPT")
    _add_orthanc(running)
    running.add_argument("--http-port", type=int, metavar="N", help="8042 if it is free")
    running.add_argument("--dicom-port", type=int, metavar="N", help="4242 if it is free")
    running.add_argument(
        "--storage", type=Path, metavar="DIR", help="keep the data of Orthanc in this folder"
    )
    running.add_argument(
        "--config", type=Path, metavar="PATH", help="configuration of Orthanc to start from"
    )

    commands.add_parser("path", help="print the path of the plugin's library")

    config = commands.add_parser("config", help="print the lines for orthanc.json")
    config.add_argument("script", type=Path, nargs="?", metavar="SCRIPT")

    check = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Start Orthanc with the plugin and tell what it finds. With --config, check "
        "what Orthanc will make of that configuration: neither its script nor its other plugins "
        "are run, and its data is not touched.",
    )
    _add_orthanc(check)
    check.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        help="configuration of Orthanc: a file, or a folder such as /etc/orthanc",
    )
    check.add_argument(
        "--user",
        metavar="ACCOUNT",
        help="the account of the service, if root asks; without it the one in the service that "
        "uses the configuration",
    )
    check.add_argument("--json", action="store_true", help="for programs")
    return parser


def _add_orthanc(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--orthanc",
        metavar="PATH|VERSION",
        help="the Orthanc to use; without it the installed one, otherwise one is downloaded",
    )


if __name__ == "__main__":
    sys.exit(main())

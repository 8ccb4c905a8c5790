# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `orthanc-python`."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .configuration import ConfigurationError, python_section, snippet
from .debugging import DEFAULT_PORT, DebugpyMissing
from .doctor import doctor
from .download import DownloadError
from .find_orthanc import OrthancNotFound
from .libpython import LibpythonMissing, ensure_libpython
from .library import LibraryNotFound, library_path
from .new_project import new_project, next_steps
from .reload import WatchFailed, WatchfilesMissing
from .run import UsageError, check_script, run
from .server import OrthancFailed

_ERRORS = (
    ConfigurationError,
    DebugpyMissing,
    DownloadError,
    LibpythonMissing,
    LibraryNotFound,
    OrthancFailed,
    OrthancNotFound,
    UsageError,
    WatchfilesMissing,
    WatchFailed,
)

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_SCRIPT = "a .py file, or a folder: a package, or all .py files in it"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    _never_fail_to_print()
    try:
        code = _main(list(sys.argv[1:] if arguments is None else arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # as in `orthanc-python doctor | head`
        # Python flushes stdout again when it exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE, as other programs
    except KeyboardInterrupt:
        return 130
    except _ERRORS as error:
        print(f"orthanc-python: error: {error}", file=sys.stderr)
    except OSError as error:
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        text = ": ".join([*names, error.strerror or str(error)])
        print(f"orthanc-python: error: {text}", file=sys.stderr)
    return 2


def _main(given: list[str]) -> int:
    # Arguments after "--" are for Orthanc: argparse must not parse them.
    end = given.index("--") if "--" in given else len(given)
    parser = _parser()
    try:
        options = parser.parse_args(given[:end])
    except SystemExit as error:  # the help, the version or a mistake was printed
        return error.code if isinstance(error.code, int) else 2
    if given[end:] and options.command != "run":
        parser.print_usage(sys.stderr)
        raise UsageError(f"{options.command} takes no arguments for Orthanc")
    try:
        os.getcwd()
    except FileNotFoundError:
        raise UsageError("The current directory was deleted. Change to another one.") from None
    return _dispatch(options, given[end + 1 :])


def _never_fail_to_print() -> None:
    """Print characters that the encoding of a stream lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _PrintVersion(argparse.Action):
    """Like argparse's own action, which would wrap a long line."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and exit."""
        print(_version())
        parser.exit()


def _version() -> str:
    try:
        version = importlib.metadata.version("orthanc-python")
    except importlib.metadata.PackageNotFoundError:
        version = "(not installed with pip)"
    try:
        return f"orthanc-python {version}, {library_path()}"
    except LibraryNotFound as error:
        return f"orthanc-python {version}, without its library: {error}"


def _dispatch(options: argparse.Namespace, for_orthanc: Sequence[str]) -> int:
    if options.command == "run":
        return run(
            options.scripts,
            orthanc=options.orthanc,
            sha256=options.sha256,
            http_port=options.http_port,
            dicom_port=options.dicom_port,
            storage=options.storage,
            config_path=options.config,
            arguments=for_orthanc,
            reload=options.reload,
            debug_port=options.debug,
            verbose=options.verbose,
        )
    if options.command == "new":
        print(next_steps(options.folder, new_project(options.folder)), end="")
        return 0
    if options.command == "path":
        print(library_path())
        return 0
    if options.command == "config":
        for script in options.scripts:
            check_script(script)
        lines = snippet(library_path(), options.scripts, python_section({}, ensure_libpython()))
        ascii_only = sys.stdout.encoding.lower() != "utf-8"  # Orthanc reads its files as UTF-8
        print(json.dumps(lines, indent=2, ensure_ascii=ascii_only))
        return 0
    return doctor(
        scripts=options.scripts,
        orthanc=options.orthanc,
        sha256=options.sha256,
        config_path=options.config,
        user=options.user,
        as_json=options.json,
        page=options.html,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="orthanc-python", description="Run Python scripts in the DICOM server Orthanc."
    )
    parser.add_argument(
        "--version", action=_PrintVersion, nargs=0, help="print the version and the library"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_new(commands)
    commands.add_parser("path", help="print the path of the plugin's library")
    _add_config(commands)
    _add_doctor(commands)
    return parser


def _add_run(commands: _Commands) -> None:
    running = commands.add_parser(
        "run",
        help="start Orthanc with scripts",
        usage="%(prog)s SCRIPT [SCRIPT ...] [options] [-- ORTHANC ARGUMENTS]",
        description="Start Orthanc with scripts, and stop it cleanly on Ctrl-C. "
        "Arguments after -- are passed to Orthanc, e.g. -- --trace-dicom.",
    )
    running.add_argument("scripts", type=_script, nargs="+", metavar="SCRIPT", help=_SCRIPT)
    _add_orthanc(running)
    running.add_argument(
        "--reload", action="store_true", help="start Orthanc again when a Python file is saved"
    )
    running.add_argument(
        "--debug",
        nargs="?",
        type=_debug_port,
        const=DEFAULT_PORT,
        metavar="PORT",
        help=f"wait until an editor attaches its debugger to this port (default: {DEFAULT_PORT})",
    )
    running.add_argument(
        "--verbose", action="store_true", help="show all messages of Orthanc, with information"
    )
    running.add_argument("--http-port", type=int, metavar="N", help="8042 if it is free")
    running.add_argument("--dicom-port", type=int, metavar="N", help="4242 if it is free")
    running.add_argument(
        "--storage", type=Path, metavar="DIR", help="keep the data of Orthanc in this folder"
    )
    running.add_argument(
        "--config", type=Path, metavar="PATH", help="configuration of Orthanc to start from"
    )


def _add_new(commands: _Commands) -> None:
    new = commands.add_parser(
        "new",
        help="write a new project: a script with its test",
        description="Write a folder with a script, a test, and settings for pip, Docker Compose "
        "and Visual Studio Code.",
    )
    new.add_argument("folder", type=Path, metavar="NAME", help="the folder to create")


def _add_config(commands: _Commands) -> None:
    config = commands.add_parser("config", help="print the lines for orthanc.json")
    config.add_argument("scripts", type=_script, nargs="*", metavar="SCRIPT", help=_SCRIPT)


def _add_doctor(commands: _Commands) -> None:
    check = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Start Orthanc with the plugin and report the findings. With --config, check "
        "how Orthanc will read that configuration, without running its script or its other "
        "plugins, and without its data.",
    )
    check.add_argument("scripts", type=_script, nargs="*", metavar="SCRIPT", help=_SCRIPT)
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
        help="account to check, for root only; default: the account of the service that uses the "
        "configuration",
    )
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.add_argument(
        "--html", type=Path, metavar="FILE", help="also write the findings as a page"
    )


def _sha256(text: str) -> str:
    if re.fullmatch("[0-9A-Fa-f]{64}", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a SHA-256: write 64 hexadecimal digits")
    return text.lower()


def _script(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of a script is empty")
    return Path(os.path.abspath(text))


def _debug_port(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port number: write --debug after the scripts, or --debug PORT"
        )
    return int(text)


def _add_orthanc(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--orthanc",
        metavar="PATH|VERSION",
        help="the Orthanc to use; default: the installed one, or a download",
    )
    parser.add_argument(
        "--sha256",
        type=_sha256,
        metavar="SUM",
        help="use only an Orthanc whose file has this SHA-256",
    )


if __name__ == "__main__":
    sys.exit(main())

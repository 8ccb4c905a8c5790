# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run`: Orthanc with a script, until Ctrl-C."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from .configuration import python_section, read_configuration
from .host import find_orthanc
from .libpython import ensure_libpython
from .library import library_path
from .ports import free_port, is_free
from .server import Orthanc, OrthancFailed

# An error and the lines that go with it, up to the next line that has a level and a date.
_ERROR = re.compile(r"^E\d{4} .*\n(?:(?![EWIT]\d{4} ).*\n)*", re.MULTILINE)
# The routes of the script that are plain paths
_ROUTES = re.compile(r"REST routes in Python: (.*)")
_PLAIN = re.compile(r"/[\w./-]*$")
_STOP_TIMEOUT = 120  # a script may have a lot to finish


class UsageError(Exception):
    """What was asked for cannot be done; the text says why."""


class _Stop(Exception):
    """Somebody wants us to stop."""


def run(
    script: Path,
    *,
    orthanc: str | None = None,
    http_port: int | None = None,
    dicom_port: int | None = None,
    storage: Path | None = None,
    config_path: Path | None = None,
    arguments: Sequence[str] = (),
) -> int:
    """Run Orthanc until it ends or is told to, and return its exit code."""
    _check_script(script)
    config = read_configuration(config_path) if config_path is not None else {}
    http = _port("HTTP", http_port, config, "HttpPort", 8042, "HttpServerEnabled")
    dicom = _port("DICOM", dicom_port, config, "DicomPort", 4242, "DicomServerEnabled")
    if storage is not None and storage.exists() and not storage.is_dir():
        raise UsageError(f"The storage {storage} is not a folder")
    plugin = library_path()
    config["Python"] = python_section(config, ensure_libpython())
    signals = _Signals()
    server = Orthanc(
        script,
        plugin=plugin,
        orthanc=find_orthanc(orthanc),
        config=config,
        http_port=http,
        dicom_port=dicom,
        storage=storage,
        arguments=arguments,
        on_output=_print,
        while_waiting=signals.check,
        working_directory=Path.cwd(),
        start_timeout=600,  # an import may take its time; Ctrl-C is there for the impatient
    )
    with signals.watched():
        return _serve(server, script, kept=storage is not None or "StorageDirectory" in config)


def _serve(server: Orthanc, script: Path, *, kept: bool) -> int:
    try:
        try:
            server.start()
            _introduce(server, script, kept=kept)
            _print(f"Orthanc stopped by itself (exit code {server.wait()})\n")
        except OrthancFailed as error:
            if error.exit_code is None:
                raise
            _explain(server)
        except _Stop:
            if server.started:
                _print("\nStopping Orthanc ...\n")
                server.stop(_STOP_TIMEOUT)
        code = server.exit_code
    except _Stop:
        _print("\nOrthanc was ended the hard way\n")
        return 1
    finally:
        server.close()
    # Of a process ended by a signal shells say 128 + its number.
    return 0 if code is None else code if code >= 0 else 128 - code


def _introduce(server: Orthanc, script: Path, *, kept: bool) -> None:
    lines = [f"Orthanc runs {script.name}."]
    if server.config.get("HttpServerEnabled"):
        lines.append(f"  Open  {server.url}/")
        lines += [f"  Try   curl {server.url}{route}" for route in _plain_routes(server.log)]
    if server.config.get("DicomServerEnabled", True):
        lines.append(f"  DICOM {server.aet} at 127.0.0.1, port {server.dicom_port}")
    place = server.config["StorageDirectory"]
    end = "" if kept else ", deleted at the end (--storage DIR keeps it)"
    lines += [f"  Data  {place}{end}", "  Stop  Ctrl-C"]
    _print("\n" + "\n".join(lines) + "\n\n")


def _plain_routes(log: str) -> list[str]:
    """A few routes of the script to try, or one of Orthanc's own."""
    found = _ROUTES.search(log)
    routes = [] if found is None else [r for r in found[1].split(" ") if _PLAIN.match(r)]
    return routes[:5] or ["/system"]


def _explain(server: Orthanc) -> None:
    """Put the reason last, where it is seen."""
    errors = _ERROR.findall(server.log)
    text = "".join(errors).rstrip()
    _print("\nOrthanc did not start.\n" + textwrap.indent(text, "  ") + "\n")
    if "Address already in use" in server.log or "TCP port" in server.log:
        _print("Another program uses one of the ports: see --http-port and --dicom-port.\n")
    elif "plugin" in server.log:
        _print("If the script is not at fault, `orthanc-python doctor` checks the installation.\n")


def _check_script(script: Path) -> None:
    if not script.is_file():
        raise UsageError(f"There is no script {script.absolute()}")
    if script.suffix.lower() != ".py":
        raise UsageError(f"A script must be a .py file: {script}")


def _port(
    what: str,
    asked: int | None,
    config: Mapping[str, Any],
    key: str,
    usual: int,
    switch: str,
) -> int:
    """The port to use: the one that was asked for, which must be free, or any that is."""
    port = asked or config.get(key)
    if port is None:
        return usual if is_free(usual) else free_port()
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise UsageError(f"{port!r} is not a port number ({key})")
    if config.get(switch) is not False and not is_free(port):
        option = f"--{what.lower()}-port"
        raise UsageError(f"The {what} port {port} is in use; choose another one with {option}")
    return port


class _Signals:
    """Requests to stop; those that the caller ignores (nohup) stay ignored.

    The handler raises nothing: an exception in the middle of any statement may leave behind a
    lock, e.g. of subprocess, that is never released.
    """

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """Raises _Stop once per request."""
        if self._asked:
            self._asked = False
            raise _Stop

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        watched = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._ask) for number in watched}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True


def _print(text: str) -> None:
    with contextlib.suppress(BrokenPipeError, subprocess.SubprocessError):
        sys.stdout.write(text)
        sys.stdout.flush()

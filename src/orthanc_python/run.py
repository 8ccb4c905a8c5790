# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run`: run Orthanc with a script until Ctrl-C."""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from .configuration import python_section, read_configuration, script_files, set_scripts
from .configuration_types import is_port
from .debugging import PORT_VARIABLE, check_debugpy, forward_terminal, is_terminal
from .find_orthanc import find_orthanc, orthanc_version
from .libpython import ensure_libpython
from .library import library_path
from .listening_addresses import listening
from .output import tail
from .ports import free_port, is_free
from .reload import Watcher, serve
from .routine_messages import asks_for_details, is_routine, without_routine
from .server import Orthanc, OrthancFailed
from .stop_signals import deliverable_signals

_ERROR = re.compile(r"E\d{4} ")  # the beginning of a line of Orthanc's log
# The routes of the script that are plain paths, and its web applications
_ROUTES = re.compile(r"REST routes in Python: (.*)")
_PLAIN = re.compile(r"/[\w./-]*$")
_MOUNT = re.compile(r"\(/\.\*\)\?$")
_PAGE = {"StatusPage": True, "StatusPageReload": True}
_STOP_TIMEOUT = 120  # seconds; a script may have long-running work to finish


class UsageError(Exception):
    """The command cannot be executed; the text gives the reason."""


class _Stop(Exception):
    """A signal asks this command to stop."""


def run(
    scripts: Sequence[Path],
    *,
    orthanc: str | None = None,
    sha256: str | None = None,
    http_port: int | None = None,
    dicom_port: int | None = None,
    storage: Path | None = None,
    config_path: Path | None = None,
    arguments: Sequence[str] = (),
    reload: bool = False,
    debug_port: int | None = None,
    verbose: bool = False,
) -> int:
    """Run Orthanc until it ends or is told to, and return its exit code."""
    for script in scripts:
        check_script(script)
    watcher = Watcher(*map(_folder, scripts)) if reload else None
    config = read_configuration(config_path) if config_path is not None else {}
    http, dicom = _ports(http_port, dicom_port, config)
    for option, folder in _storage(storage, config):
        check_storage(option, folder)
    plugin = library_path()
    python = {**_PAGE, **python_section(config, ensure_libpython())}
    config["Python"] = python
    if debug_port is not None:
        _check_debug_port(debug_port, http, dicom)
        check_debugpy(python)
    set_scripts(config, scripts)
    executable = _executable(orthanc, sha256)
    if verbose:
        arguments = ["--verbose", *arguments]
    verbose = asks_for_details(arguments)
    signals = _Signals(watcher)
    terminal = is_terminal()
    server = Orthanc(
        plugin=plugin,
        orthanc=executable,
        config=config,
        http_port=http,
        dicom_port=dicom,
        storage=storage,
        arguments=arguments,
        on_output=_print if verbose else without_routine(_print),
        while_waiting=signals.check,
        working_directory=Path.cwd(),
        env=_variables(debug_port, reload),
        interactive=terminal,
        # an import may be slow, or be debugged; Ctrl-C ends the wait
        start_timeout=600 if debug_port is None and not terminal else math.inf,
    )
    if terminal:
        forward_terminal(server.write_input)
    kept = storage is not None or "StorageDirectory" in config
    introduce = partial(_introduce, server, scripts, kept=kept, verbose=verbose)
    with signals.watched():
        return _serve(server, _work(server, watcher, signals, introduce, verbose), verbose)


def _ports(http: int | None, dicom: int | None, config: Mapping[str, Any]) -> tuple[int, int]:
    """The ports of HTTP and DICOM, by the arguments or the configuration."""
    http_port = _port("HTTP", http, config, "HttpPort", 8042, "HttpServerEnabled")
    dicom_port = _port("DICOM", dicom, config, "DicomPort", 4242, "DicomServerEnabled")
    if http_port == dicom_port:
        raise UsageError(f"HTTP and DICOM cannot both use the port {http_port}")
    return http_port, dicom_port


def _executable(wanted: str | None, sha256: str | None) -> Path:
    """The Orthanc to run."""
    executable = find_orthanc(wanted, sha256=sha256)
    if orthanc_version(executable) is None:
        raise UsageError(
            f"{executable} is not Orthanc, or does not run on this machine: "
            f"try `{executable} --version`"
        )
    return executable


def _variables(debug_port: int | None, reload: bool) -> dict[str, str]:
    """The environment variables for Python in Orthanc."""
    variables = {} if debug_port is None else {PORT_VARIABLE: str(debug_port)}
    if reload:
        # Bytecode is used for a file of the same size and second: two quick saves look the same.
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
    return variables


def _check_debug_port(port: int, http: int, dicom: int) -> None:
    if not is_port(port):
        raise UsageError(f"{port} is not a port number (--debug): use one from 1 to 65535")
    if port in (http, dicom) or not is_free(port):
        raise UsageError(
            f"The port {port} of the debugger is in use; choose another one with --debug PORT"
        )


def _work(
    server: Orthanc,
    watcher: Watcher | None,
    signals: _Signals,
    introduce: Callable[[], None],
    verbose: bool,
) -> Callable[[], None]:
    """The function that runs Orthanc: once, or again after each save."""
    if watcher is None:
        return partial(_run_once, server, introduce)
    explain = partial(_explain, server, verbose=verbose)
    return partial(serve, server, watcher, signals.check, introduce, explain, _print)


def _run_once(server: Orthanc, introduce: Callable[[], None]) -> None:
    server.start()
    introduce()
    _print(f"Orthanc stopped by itself (exit code {server.wait()})\n")


def _serve(server: Orthanc, work: Callable[[], None], verbose: bool) -> int:
    try:
        try:
            work()
        except OrthancFailed as error:
            if error.exit_code is None:
                raise
            _explain(server, verbose=verbose)
        except _Stop:
            if server.started:
                _print("\nStopping Orthanc ... Press Ctrl-C again to end it at once.\n")
                server.stop(_STOP_TIMEOUT)
        code = server.exit_code
    except _Stop:
        _print("\nOrthanc did not stop: it was killed\n")
        return 1
    finally:
        server.close()
    # As in shells, the exit code after a signal is 128 + its number.
    return 0 if code is None else code if code >= 0 else 128 - code


def _introduce(server: Orthanc, scripts: Sequence[Path], *, kept: bool, verbose: bool) -> None:
    lines = [f"Orthanc runs {', '.join(_short_names(scripts))}."]
    if server.config.get("HttpServerEnabled"):
        lines.append(f"  Open  {server.url}/")
        if python_section(server.config).get("StatusPage"):
            lines.append(f"  Page  {server.url}/python/ (calls and exceptions of the scripts)")
        lines += [f"  Try   curl {server.url}{route}" for route in _plain_routes(server.log)]
    lines += [f"  {line}" for line in listening(server)]
    place = server.config["StorageDirectory"]
    end = "" if kept else ", deleted at the end (--storage DIR keeps it)"
    lines.append(f"  Data  {place}{end}")
    if not verbose:
        lines.append("  Log   without the routine messages of Orthanc (--verbose shows all)")
    lines.append("  Stop  Ctrl-C")
    _print("\n" + "\n".join(lines) + "\n\n")


def _short_names(scripts: Sequence[Path]) -> list[str]:
    """The names of the scripts; with the name of the folder, where several have one name."""
    paths = list(dict.fromkeys(script.absolute() for script in scripts))
    names = [path.name for path in paths]
    return [
        path.name if names.count(path.name) == 1 else f"{path.parent.name}/{path.name}"
        for path in paths
    ]


def _plain_routes(log: str) -> list[str]:
    """A few routes of the script to try, or one of Orthanc's own."""
    found = _ROUTES.search(log)
    expressions = [] if found is None else found[1].split(" ")
    paths = [_MOUNT.sub("/", expression).replace("\\-", "-") for expression in expressions]
    return [path for path in paths if _PLAIN.match(path)][:5] or ["/system"]


def _explain(server: Orthanc, *, verbose: bool) -> None:
    """Say that the start has failed, below the errors that Orthanc has logged."""
    log = server.log
    if any(_ERROR.match(line) and not is_routine(line) for line in log.splitlines()):
        more = "" if verbose else " (--verbose shows all of the log)"
        _print(f"\nOrthanc did not start: see the errors above{more}.\n")
    else:
        last = textwrap.indent(tail(log, 10), "  ") or " nothing"
        _print(f"\nOrthanc did not start. It logged no error, but:\n{last}\n")
    if "Address already in use" in log or "TCP port" in log:
        _print("Another program uses one of the ports: see --http-port and --dicom-port.\n")
    elif "plugin" in log:
        _print("If the script is not at fault, `orthanc-python doctor` checks the installation.\n")


def _folder(script: Path) -> Path:
    return script if script.is_dir() else script.parent


def check_script(script: Path) -> None:
    """Raise UsageError unless the path is a script or a folder of scripts."""
    if os.path.isdir(script):
        if not script_files(script):
            raise UsageError(f"The folder {script.absolute()} has no .py file")
        for file in script_files(script):
            check_script(file)
        return
    if not os.path.lexists(script):
        raise UsageError(f"There is no script {script.absolute()}")
    if script.suffix.lower() != ".py":
        raise UsageError(f"A script must be a .py file: {script}")
    if not os.access(script, os.R_OK):
        raise UsageError(f"This account may not read the script {script.absolute()}")


def _storage(asked: Path | None, config: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """The folders that Orthanc writes to, each with the option that names it."""
    if asked is not None:
        yield "--storage", asked
        return
    for key in ("StorageDirectory", "IndexDirectory"):
        if config.get(key):
            yield key, Path(config[key])


def check_storage(option: str, storage: Path) -> None:
    """Raise UsageError if Orthanc cannot keep its data in the folder."""
    place = storage.absolute()
    while not os.path.lexists(place):
        place = place.parent
    if not os.path.isdir(place):
        raise UsageError(f"The storage {storage} ({option}): {place} is not a folder")
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        raise UsageError(
            f"The storage {storage} ({option}): this account may not write to {place}. "
            f"Choose another folder with --storage, or change the owner of that one."
        )


def _port(
    what: str,
    asked: int | None,
    config: Mapping[str, Any],
    key: str,
    usual: int,
    switch: str,
) -> int:
    """The port to use: the requested one, which must be free, or else any free port."""
    port = config.get(key) if asked is None else asked
    if port is None:
        return usual if is_free(usual) else free_port()
    if not is_port(port):
        raise UsageError(f"{port!r} is not a port number ({key}): use one from 1 to 65535")
    if config.get(switch) is not False and not is_free(port):
        option = f"--{what.lower()}-port"
        raise UsageError(f"The {what} port {port} is in use; choose another one with {option}")
    return port


class _Signals:
    """Requests to stop: SIGTERM always, others unless the caller ignores them (nohup).

    The handler raises nothing: an exception in the middle of any statement may leave behind a
    lock, e.g. of subprocess, that is never released.
    """

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._asked = False
        self._watcher = watcher

    def check(self) -> None:
        """Raise _Stop once per request, and FilesChanged after a save."""
        if self._asked:
            self._asked = False
            raise _Stop
        if self._watcher is not None:
            self._watcher.check()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        watched = [
            number
            for number in numbers
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN
        ]
        before = {number: signal.signal(number, self._ask) for number in watched}
        try:
            with deliverable_signals():
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True


def _print(text: str) -> None:
    if sys.stdout is None:  # closed by the caller
        return
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text)
        sys.stdout.flush()

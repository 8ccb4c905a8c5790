# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Start and stop an Orthanc that runs a Python script, e.g. in the tests of that script:

    with Orthanc("script.py") as server:
        assert server.get("/hello").text == "world"

Everything that the server prints is in `server.log`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shutil
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from .configuration import ca_certificates
from .connections import local_session
from .find_orthanc import find_orthanc
from .library import library_path
from .output import Output, tail
from .ports import free_port, port_for
from .server_directory import ServerDirectory
from .stop_signals import ask_to_stop, deliverable_signals, listens_to_signals

__all__ = ["Orthanc", "OrthancFailed", "free_port"]

_STEP = 0.2  # seconds between two checks of a waiting thread
_STOP_INTERVAL = 2  # seconds until a request to stop is repeated
# The plugin's line comes first: Orthanc logs its own after the script has got ORTHANC_STOPPED.
_HEARD = re.compile("Orthanc is stopping|The Python script has .* to stop")

_CHROOT_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


class OrthancFailed(Exception):
    """Orthanc did not start, or did not stop."""

    def __init__(self, message: str, exit_code: int | None, log: str) -> None:
        super().__init__(f"{message}\n{tail(log)}")
        self.exit_code = exit_code
        self.log = log


class Orthanc:
    """One Orthanc process in a private working directory."""

    aet = "ORTHANC"

    def __init__(
        self,
        script: str | Path | None = None,
        *,
        plugin: Path | None = None,
        orthanc: Path | None = None,
        config: Mapping[str, object] | None = None,
        http_port: int = 0,
        dicom_port: int = 0,
        storage: Path | None = None,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        root: Path | None = None,
        start_timeout: float = 60,
        on_output: Callable[[str], None] | None = None,
        while_waiting: Callable[[], None] = lambda: None,
        working_directory: Path | None = None,
        account: str | None = None,
        interactive: bool = False,
    ) -> None:
        """Prepare a server; nothing runs before `start()` or `with`.

        `config` overrides the defaults, and the other arguments override `config`. With `root`,
        Orthanc runs inside that chroot: the folder of the script and the plugin are copied into it,
        `orthanc` is a path inside it, and the caller has mounted /proc. `on_output` is called with
        each line that the server prints. `while_waiting` is called repeatedly while this class
        waits for the process; an exception from it ends the wait. The current directory of the
        server is the private one with its data, unless `working_directory` is given. Root can start
        the server under another `account`. With `interactive`, `write_input` passes lines to the
        standard input of the server.
        """
        self._directory = ServerDirectory(root)
        self.directory = self._directory.path
        self._cleanup = weakref.finalize(self, _clean_up, None, self.directory)
        self._start_timeout = start_timeout
        self._on_output = on_output
        self._while_waiting = while_waiting
        self._env = env
        self._working_directory = working_directory or self.directory
        self._arguments = list(arguments)
        self._account = account
        self._interactive = interactive
        self._executable = orthanc
        self._process: subprocess.Popen[bytes] | None = None
        self._output: Output | None = None

        config = dict(config or {})
        self.http_port = http_port or _port_of(config, "HttpPort") or port_for(self)
        self.dicom_port = dicom_port or _port_of(config, "DicomPort") or port_for(self)
        self.aet = str(config.get("DicomAet", self.aet))
        scheme = "https" if config.get("SslEnabled") else "http"
        self.url = f"{scheme}://127.0.0.1:{self.http_port}"
        self._http_enabled = bool(config.get("HttpServerEnabled", True))
        self._session = local_session()

        self.config = self._configuration(script, plugin, storage, config)

    def _configuration(
        self,
        script: str | Path | None,
        plugin: Path | None,
        storage: Path | None,
        config: Mapping[str, object],
    ) -> dict[str, object]:
        plugins = config.get("Plugins", [])
        if not isinstance(plugins, list):
            raise TypeError("Plugins must be a list")
        library = self._directory.visible_path(plugin if plugin is not None else library_path())
        result: dict[str, object] = {
            "Name": "Orthanc",
            "StableAge": 60,
            "HttpVerbose": False,
            "HttpServerEnabled": True,
            "RemoteAccessAllowed": False,
            "DicomAet": self.aet,
            **config,
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "Plugins": plugins if library in plugins else [*plugins, library],
        }
        if not result["RemoteAccessAllowed"]:  # otherwise Orthanc must keep asking for a password
            result.setdefault("AuthenticationEnabled", False)
        if self._directory.root is None:
            result.setdefault("HttpsCACertificates", ca_certificates())
        if storage is not None:
            result.pop("IndexDirectory", None)  # the index belongs beside the files
        if storage is not None or "StorageDirectory" not in config:
            storage = storage.absolute() if storage is not None else self.directory / "storage"
            storage.mkdir(parents=True, exist_ok=True)
            result["StorageDirectory"] = self._directory.visible_path(storage)
        if script is not None:
            result["PythonScript"] = self._directory.visible_script(Path(script))
        return result

    def _command(self) -> list[str]:
        configuration = self.directory / "orthanc.json"
        configuration.write_text(json.dumps(self.config, indent=2) + "\n", encoding="utf-8")
        arguments = [self._directory.visible_path(configuration), *self._arguments]
        if self._directory.root is None:
            return [str(self._executable or find_orthanc(fetch=False)), *arguments]
        # env(1) changes the directory inside the chroot, then executes Orthanc: same process id.
        inside = ["/usr/bin/env", "-C", self._directory.visible_path(self._working_directory)]
        return [
            "chroot",
            str(self._directory.root),
            *inside,
            str(self._executable or "Orthanc"),
            *arguments,
        ]

    def start(self) -> Orthanc:
        """Start the process and return when its REST API responds."""
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("This Orthanc is running already")
        environment = dict(os.environ if self._directory.root is None else _CHROOT_ENVIRONMENT)
        environment.update(self._env or {})
        # On Windows, only a separate process group can receive a Ctrl-Break.
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        account = {} if self._account is None else _hand_over(self.directory, self._account)
        with deliverable_signals():
            process = subprocess.Popen(
                self._command(),
                cwd=self._working_directory,
                env=environment,
                stdin=subprocess.PIPE if self._interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                creationflags=flags,
                start_new_session=True,  # the terminal's Ctrl-C is for this process only
                **account,
            )
        self._process = process
        self._cleanup.detach()
        self._cleanup = weakref.finalize(self, _clean_up, process, self.directory)
        assert process.stdout is not None
        self._output = Output(process.stdout, self._on_output)
        self._await_answer(process, self._output)
        return self

    def _await_answer(self, process: subprocess.Popen[bytes], output: Output) -> None:
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            code = self._await_end(process, 0.05)
            if code is not None:
                output.join(5)
                reason = f"Orthanc stopped while it started (exit code {code})"
                raise OrthancFailed(reason, code, self.log)
            if self._answers() and listens_to_signals(process.pid):
                return
        process.kill()
        process.wait()
        raise OrthancFailed(f"No answer after {self._start_timeout} s", None, self.log)

    def _answers(self) -> bool:
        if not self._http_enabled:
            return "Orthanc has started" in self.log
        try:
            # Accept any status: the script may refuse the request, or redirect it elsewhere.
            self._session.get(self.url + "/system", timeout=5, allow_redirects=False)
        except requests.RequestException:
            return False
        return True

    def stop(self, timeout: float = 60) -> int:
        """Ask Orthanc to stop, wait for it and return its exit code."""
        process = self._process
        if process is None:
            raise RuntimeError("This Orthanc was never started")
        try:
            code = self._stop(process, time.monotonic() + timeout)
            if code is None:
                process.kill()
                process.wait()
                raise OrthancFailed(f"Orthanc did not stop within {timeout} s", None, self.log)
        finally:
            self._session.close()
            if self._output is not None:
                self._output.join(5)
        return code

    def write_input(self, data: bytes) -> None:
        """Pass data to the standard input of an interactive server. Raises OSError if it ended."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _close_input(self, process: subprocess.Popen[bytes]) -> None:
        """End a prompt: a callback that waits for input would delay the stop."""
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()

    def _stop(self, process: subprocess.Popen[bytes], deadline: float) -> int | None:
        """Send the signal until Orthanc reacts: it may lose signals at its start and at a reset.

        Send none once Orthanc is stopping, or handles none: the signal would kill it at once.
        """
        self._close_input(process)
        # Otherwise the log has no warnings to search, and the signal is sent only once
        talks = "Orthanc has started" in self.log
        code = process.poll()
        asked: int | None = None  # the length of the log before the first signal
        heard = False
        while code is None and (left := deadline - time.monotonic()) > 0:
            if not heard and (not talks or listens_to_signals(process.pid)):
                asked = len(self.log) if asked is None else asked
                self._ask_to_stop(process)
            code = self._await_end(process, min(left, _STOP_INTERVAL))
            heard = asked is not None and (not talks or bool(_HEARD.search(self.log[asked:])))
        return code

    def _ask_to_stop(self, process: subprocess.Popen[bytes]) -> None:
        try:
            ask_to_stop(process)
        except OSError:  # on Windows, a process without a console cannot send Ctrl-Break
            with contextlib.suppress(requests.RequestException):
                self._session.post(self.url + "/tools/shutdown", data="", timeout=5)

    def _await_end(self, process: subprocess.Popen[bytes], timeout: float) -> int | None:
        """The exit code, or None if the process still runs after `timeout`."""
        deadline = time.monotonic() + timeout
        while True:
            self._while_waiting()
            left = deadline - time.monotonic()
            try:
                return process.wait(max(0, min(left, _STEP)))
            except subprocess.TimeoutExpired:
                if left <= _STEP:
                    return None

    def __enter__(self) -> Orthanc:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self.close()

    def close(self) -> None:
        """Remove the private folder; kill the process if it still runs."""
        self._session.close()
        self._cleanup()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until Orthanc exits by itself. Return its exit code, or None if it still runs."""
        if self._process is None:
            raise RuntimeError("This Orthanc was never started")
        return self._await_end(self._process, math.inf if timeout is None else timeout)

    @property
    def started(self) -> bool:
        """Whether the process was started; true also after its end."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Process id of Orthanc."""
        if self._process is None:
            raise RuntimeError("This Orthanc was never started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code of Orthanc; None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def log(self) -> str:
        """Everything printed so far, stdout and stderr together."""
        return "" if self._output is None else self._output.text

    def wait_for_log(self, pattern: str, timeout: float = 60) -> re.Match[str]:
        """Wait until the regular expression (multi-line mode) is found in the log."""
        if self._output is None:
            raise RuntimeError("This Orthanc was never started")
        return self._output.wait_for(pattern, timeout)

    def request(self, method: str, path: str, **kw: Any) -> requests.Response:
        """Send a request to the server; for the keyword arguments, see `requests.request`."""
        kw.setdefault("timeout", 60)
        return self._session.request(method, self.url + path, **kw)

    def get(self, path: str, **kw: Any) -> requests.Response:
        """GET; see `request`."""
        return self.request("GET", path, **kw)

    def post(self, path: str, data: Any = None, **kw: Any) -> requests.Response:
        """POST; see `request`."""
        return self.request("POST", path, data=data, **kw)

    def put(self, path: str, data: Any = None, **kw: Any) -> requests.Response:
        """PUT; see `request`."""
        return self.request("PUT", path, data=data, **kw)

    def delete(self, path: str, **kw: Any) -> requests.Response:
        """DELETE; see `request`."""
        return self.request("DELETE", path, **kw)


def _hand_over(directory: Path, account: str) -> dict[str, Any]:
    """Make the account own the folder. Return subprocess arguments that select the account."""
    import grp
    import pwd

    entry = pwd.getpwnam(account)
    for path in (directory, *directory.rglob("*")):
        shutil.chown(path, account, entry.pw_gid)
    groups = [group.gr_gid for group in grp.getgrall() if account in group.gr_mem]
    return {"user": account, "group": entry.pw_gid, "extra_groups": groups}


def _port_of(config: Mapping[str, object], key: str) -> int:
    value = config.get(key, 0)
    return value if isinstance(value, int) else 0


def _clean_up(process: subprocess.Popen[bytes] | None, directory: Path) -> None:
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()
    shutil.rmtree(directory, ignore_errors=True)

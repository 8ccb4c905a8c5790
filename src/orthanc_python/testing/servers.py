# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Start the Orthancs of a test session, and stop them while the next tests run.

A fresh process isolates a test best, and needs 0.4 s. POST /tools/reset would need 3.5 s: Orthanc's
threads sleep for seconds before they notice its shutdown. So the Orthanc of a test shuts down in
the background, cleanly, with all that the script does at its end.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ..configuration import python_section, set_scripts
from ..find_orthanc import find_orthanc
from ..libpython import ensure_libpython
from ..output import tail
from ..ports import free_port
from .orthanc_under_test import OrthancUnderTest

_MOST_STOPPING = 4  # processes; each needs memory until its end
_LOG_LINES = 200

MODALITY_NAME, MODALITY_AET = "modality", "MODALITY"


class StartOrthanc(Protocol):
    """The type of the fixture `start_orthanc`."""

    def __call__(
        self, *scripts: str | Path, config: Mapping[str, object] | None = None, **options: Any
    ) -> OrthancUnderTest:
        """Start an Orthanc; for the options, see `orthanc_python.server.Orthanc`."""


class Servers:
    """The Orthancs of a session."""

    def __init__(self, wanted: str | None) -> None:
        """`wanted` is the path or version of an Orthanc."""
        self._wanted = wanted
        self._executable: Path | None = None
        self._running: list[OrthancUnderTest] = []
        self._slots = threading.Semaphore(_MOST_STOPPING)
        self._threads: list[threading.Thread] = []
        self._failures: list[str] = []
        self.modality_port = free_port()

    def start(
        self, *scripts: str | Path, config: Mapping[str, object] | None = None, **options: Any
    ) -> OrthancUnderTest:
        """Start an Orthanc; see `StartOrthanc`."""
        # The server copies a single script into its chroot, if any
        single = len(scripts) == 1 and Path(scripts[0]).is_file()
        config = self._configuration(() if single else scripts, dict(config or {}))
        if "root" not in options and "orthanc" not in options:
            if self._executable is None:
                self._executable = find_orthanc(self._wanted)
            options["orthanc"] = self._executable
        script = scripts[0] if single else None
        server = OrthancUnderTest(script, config=config, **options)
        try:
            server.start()
        except BaseException:
            server.close()
            raise
        self._running.append(server)
        return server

    def _configuration(
        self, scripts: tuple[str | Path, ...], config: dict[str, Any]
    ) -> dict[str, Any]:
        modality = {MODALITY_NAME: [MODALITY_AET, "127.0.0.1", self.modality_port]}
        config["DicomModalities"] = {**modality, **config.get("DicomModalities", {})}
        config.setdefault("StableAge", 1)
        config["Python"] = python_section(config, ensure_libpython())
        if scripts:
            set_scripts(config, [Path(script) for script in scripts])
        return config

    def stop_later(self, server: OrthancUnderTest, owner: str) -> None:
        """Stop a server in the background, if it still runs.

        `owner` names its test in a failure.
        """
        self._running.remove(server)
        if server.exit_code is not None:
            server.close()
            return
        self._slots.acquire()
        thread = threading.Thread(target=self._stop, args=(server, owner), name=f"stop of {owner}")
        self._threads.append(thread)
        thread.start()

    def _stop(self, server: OrthancUnderTest, owner: str) -> None:
        try:
            code = server.stop()
            if code != 0:
                log = tail(server.log)
                self._failures.append(f"Orthanc of {owner}: exit code {code} at its end\n{log}")
        except Exception as error:
            self._failures.append(f"Orthanc of {owner}: {error}")
        finally:
            server.close()
            self._slots.release()

    def close(self) -> None:
        """Stop all servers; raise RuntimeError if one of the session did not end well."""
        for server in list(self._running):
            self.stop_later(server, "this session")
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise RuntimeError("\n\n".join(self._failures))

    def logs(self) -> list[tuple[str, str]]:
        """Title and last lines of the log, for each server that has not been stopped."""
        return [
            (f"Log of Orthanc at {server.url}", tail(server.log, _LOG_LINES))
            for server in self._running
        ]

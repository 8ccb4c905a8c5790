# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orthanc processes for the tests, which must end with exit code 0."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from orthanc_python.server import Orthanc
from orthanc_python.stop_signals import listens_to_signals
from orthanc_python.testing.orthanc_under_test import OrthancUnderTest
from orthanc_python.testing.waiting import wait_for as wait_for

from .debian_chroots import Chroot

# Seconds: emulated processors are slow, and so are first imports of large packages
START_TIMEOUT = 300

_CRASH = re.compile(
    r"Fatal Python error|Segmentation fault|double free|free\(\): invalid|corrupted"
    r"|terminate called|AddressSanitizer|ThreadSanitizer|Uncaught exception"
)


# Parameters of a fixture whose value is a Debian release: with Python 3.9, this machine, the newest
OLDEST_TO_NEWEST = [
    pytest.param("bullseye", marks=pytest.mark.chroot, id="bullseye"),
    pytest.param(None, id="here"),
    pytest.param("sid", marks=pytest.mark.chroot, id="sid"),
]
# For tests of functions that only the newest Orthanc has: the fixture `where` is its release.
newest_orthanc = pytest.mark.parametrize(
    "where", [pytest.param("sid", marks=pytest.mark.chroot)], ids=["sid"], indirect=True
)


class Servers:
    """Starts Orthancs, and ends all of them with `close()`."""

    def __init__(
        self,
        folder: Path,
        library: Callable[[Chroot | None], Path],
        executable: Path | None,
        chroot: Callable[[str], Chroot],
        default_debian: str | None,
    ) -> None:
        self._folder = folder
        self._library = library
        self._executable = executable
        self._chroot = chroot
        self._default_debian = default_debian
        self._servers: list[Orthanc] = []
        self._scripts = 0

    def __call__(
        self,
        script: str | Path | None = None,
        *,
        debian: str | None = None,
        files: Mapping[str, str] | None = None,
        name: str = "script.py",
        **options: Any,
    ) -> OrthancUnderTest:
        """Start Orthanc with a script: its path, or its text.

        `files` are written beside a script given as text. With `debian` everything runs in the
        chroot of that release. For the other keywords, see `orthanc_python.server.Orthanc`.
        """
        debian = debian or self._default_debian
        where = self._chroot(debian) if debian is not None else None
        if where is not None:
            options.setdefault("root", where.root)
        else:
            options.setdefault("orthanc", self._executable)
        options.setdefault("plugin", self._library(where))
        options.setdefault("start_timeout", START_TIMEOUT)
        if isinstance(script, str):
            script = self._write(name, script, files or {})
        server = OrthancUnderTest(script, **options)
        server.start()
        self._servers.append(server)
        return server

    def packages(self, debian: str | None = None) -> dict[str, object]:
        """Settings for a Python that has numpy, pydicom and others: the one that runs the tests,
        or the one of the release.
        """
        if debian or self._default_debian:
            return {}
        return {"Python": {"Executable": sys.executable}}

    def _write(self, name: str, text: str, files: Mapping[str, str]) -> Path:
        self._scripts += 1
        folder = self._folder / f"script-{self._scripts}"
        folder.mkdir(parents=True)
        shutil.copyfile(Path(__file__).with_name("recorder.py"), folder / "recorder.py")
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(textwrap.dedent(content), encoding="utf-8")
        path = folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def forget(self, server: Orthanc) -> None:
        """Exclude an Orthanc that has ended, and for which a failure was expected."""
        assert server.exit_code is not None
        self._servers.remove(server)

    def close(self) -> None:
        """Stop the running Orthancs; every Orthanc must have ended with exit code 0."""
        failures = []
        for server in reversed(self._servers):
            try:
                server.stop()
                check_end(server)
            except Exception as error:  # all of them are stopped before the first is reported
                failures.append(error)
            finally:
                shutil.rmtree(server.directory, ignore_errors=True)
        self._servers.clear()
        if failures:
            raise failures[0]


def check_end(server: Orthanc) -> None:
    """Check that a stopped Orthanc ended by itself and without a crash."""
    tail = "\n".join(server.log.splitlines()[-30:])
    assert server.exit_code == 0, f"Orthanc ended with exit code {server.exit_code}\n{tail}"
    crash = _CRASH.search(server.log)
    assert crash is None, f"{crash[0] if crash else ''!r} in the log of Orthanc\n{tail}"


def seen(server: Orthanc) -> list[Any]:
    """The rows that the script recorded (see recorder.py)."""
    answer = server.get("/seen")
    assert answer.status_code == 200, answer.text
    rows: list[Any] = answer.json()
    return rows


def version(server: Orthanc) -> tuple[int, ...]:
    """The version of this Orthanc."""
    return tuple(int(part) for part in server.get("/system").json()["Version"].split("."))


def ask_to_reset(server: Orthanc, **options: Any) -> None:
    """Send POST /tools/reset; `options` go to `post`, such as `auth`."""
    with contextlib.suppress(requests.RequestException):  # it may end before it has responded
        server.post("/tools/reset", **options)


def reset(server: Orthanc, **options: Any) -> None:
    """Reset the server, and wait until it can be used, and stopped, again."""
    starts = server.log.count("Orthanc has started")
    ask_to_reset(server, **options)
    wait_for(lambda: server.log.count("Orthanc has started") > starts, "the restart")
    wait_for(lambda: _answers(server, **options) and listens_to_signals(server.pid), "an answer")


def _answers(server: Orthanc, **options: Any) -> bool:
    try:
        return server.get("/system", **options).status_code == 200
    except requests.RequestException:  # the server may close it in the middle of a response
        return False

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drives the program of tests/fake_orthanc, which simulates Orthanc for the plugin."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .commands import CommandFailed, run

ROOT = Path(__file__).parents[2]


def build(folder: Path, *options: str) -> None:
    """Build or update the program in a folder."""
    run_cmake(ROOT / "tests/fake_orthanc", folder, *options)


def run_cmake(
    source: Path, folder: Path, *options: str, env: Mapping[str, str] | None = None
) -> None:
    """Configure and build; the output is in the error if that fails."""

    def both() -> None:
        run(["cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja", *options], env=env)
        run(["cmake", "--build", str(folder)], env=env)

    earlier = (folder / "CMakeCache.txt").exists()
    try:
        both()
    except CommandFailed:
        if not earlier:
            raise
        shutil.rmtree(folder)  # CMake's cache may name tools that no longer exist
        both()


class FakeOrthancError(Exception):
    """The fake Orthanc has ended, or does not answer."""


class FakeOrthanc:
    """One running fake Orthanc; a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
    ) -> None:
        self._timeout = timeout
        self._lines: list[str] = []
        self._results: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.started = self._result()
        except FakeOrthancError:
            self.__exit__()
            raise

    def __enter__(self) -> FakeOrthanc:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    @property
    def log(self) -> str:
        """The output of the plugin, Python and the fake Orthanc so far."""
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def command(self, line: str) -> dict[str, Any]:
        """Send a command (see tests/fake_orthanc/commands.hpp); return its result."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise FakeOrthancError(f"The fake Orthanc has ended\n{self.log}") from error
        return self._result()

    def get(self, uri: str) -> str:
        """The body of a successful GET."""
        answer = self.command(f"rest GET {uri}")
        assert answer["code"] == 0 and answer["status"] == 200, f"{answer}\n{self.log}"
        body: str = answer["body"]
        return body

    def json(self, uri: str) -> Any:
        """The body of a successful GET, parsed as JSON."""
        return json.loads(self.get(uri))

    def stop(self) -> int:
        """End the fake Orthanc; return its exit code."""
        if self._process.poll() is None and self.started["code"] == 0:
            self.command("stop")
        return self.wait()

    def wait(self) -> int:
        """Wait until the fake Orthanc has ended; return its exit code."""
        try:
            code = self._process.wait(self._timeout)
        except subprocess.TimeoutExpired as error:
            raise FakeOrthancError(f"The fake Orthanc does not end\n{self.log}") from error
        self._reader.join()
        return code

    def _result(self) -> dict[str, Any]:
        try:
            result = self._results.get(timeout=self._timeout)
        except queue.Empty:
            raise FakeOrthancError(f"The fake Orthanc does not answer\n{self.log}") from None
        if result is None:
            raise FakeOrthancError(f"The fake Orthanc has ended\n{self.log}")
        return result

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = text.rstrip("\r\n")
            message = _message(line)
            if "result" in message:
                self._results.put(message)
            self._lines.append(message.get("text", line))
        self._results.put(None)


def _message(line: str) -> dict[str, Any]:
    if not line.startswith(('{"log"', '{"result"')):
        return {}
    message: dict[str, Any] = json.loads(line)
    return message

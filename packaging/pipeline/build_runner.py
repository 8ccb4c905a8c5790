# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build several artifacts at once; show their stages, and keep their results for later runs."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Result:
    """The result of one artifact."""

    name: str
    build: str = ""
    check: str = ""
    smoke: str = ""
    seconds: float = 0
    size: int = 0
    digest: str = ""  # of the sources and settings of the build
    tried: str = ""  # the digest of the smoke test
    problems: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a stage that this machine can run failed."""
        return bool(self.problems)


class Interrupted(Exception):
    """Stopped by the user; `results` has the results of the finished tasks."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__(f"Stopped after {len(results)} artifacts")
        self.results = results


class Board:
    """Shows the progress: one changing line on a terminal, else a line for each stage."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._current: dict[str, str] = {}
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def stage(self, name: str, what: str) -> None:
        """Call when an artifact enters a stage."""
        with self._lock:
            self._current[name] = what
            if not self._terminal:
                self._line(f"{name}: {what}\n")
            self._show()

    def finish(self, name: str, text: str) -> None:
        """Call when an artifact is finished."""
        with self._lock:
            self._current.pop(name, None)
            self._done += 1
            self._line(f"[{self._done}/{self._total}] {name}: {text}\n")
            self._show()

    def tick(self) -> None:
        """Call regularly, to update the elapsed time."""
        with self._lock:
            self._show()

    def close(self) -> None:
        """Call when all is finished; later output starts on a line of its own."""
        with self._lock:
            self._current.clear()
            self._line("")

    def _show(self) -> None:
        if self._terminal:
            now = ", ".join(f"{name} ({what})" for name, what in self._current.items())
            minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
            text = f"{self._done}/{self._total} done, {minutes}:{seconds:02}: {now}"
            self._line(text[: shutil.get_terminal_size().columns - 1])

    def _line(self, text: str) -> None:
        sys.stderr.write(("\r\033[K" if self._terminal else "") + text)
        sys.stderr.flush()


def run(
    tasks: Sequence[tuple[str, Callable[[], Result]]],
    workers: int,
    board: Board,
    stop: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Run the tasks, `workers` at a time; the results are in the order of the tasks.

    Ctrl-C calls `stop`, which must end the running tasks, and raises `Interrupted`.
    """

    interrupted = threading.Event()

    def one(task: tuple[str, Callable[[], Result]]) -> Result:
        name, action = task
        started = time.monotonic()
        try:
            result = action()
        except Exception as error:  # a failed artifact must not stop the others
            result = Result(name, problems=[f"{type(error).__name__}: {error}"])
        result.seconds = result.seconds or time.monotonic() - started
        if not interrupted.is_set():
            board.finish(name, "; ".join(result.problems) if result.failed else "done")
        return result

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(one, task) for task in tasks]
        try:
            while wait(futures, timeout=1).not_done:
                board.tick()
        except KeyboardInterrupt:
            interrupted.set()
            done = [future.result() for future in futures if future.done()]
            pool.shutdown(wait=False, cancel_futures=True)
            stop()
            raise Interrupted(done) from None
        finally:
            board.close()
        return [future.result() for future in futures]


def load(path: Path) -> Result | None:
    """The result of an earlier run, if there is one."""
    try:
        return Result(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def save(path: Path, result: Result) -> None:
    """Keep a result for a later run."""
    path.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")


def table(results: Sequence[Result]) -> str:
    """A table for the terminal: one row for each artifact."""
    rows = [("artifact", "build", "check", "smoke", "KB", "s")]
    for one in results:
        size = f"{one.size / 1024:.0f}" if one.size else ""
        rows.append((one.name, one.build, one.check, one.smoke, size, f"{one.seconds:.0f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run --reload`: restart Orthanc with the same ports and data after a save.

POST /tools/reset would take 3.5 s, and would end Orthanc if the script fails.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from .configuration import set_scripts
from .server import Orthanc, OrthancFailed

_STOP = 1  # seconds for the script to stop; Orthanc itself would need 3.5 s, and is killed
_STEP = 0.1  # seconds between two checks


class WatchfilesMissing(Exception):
    """The package watchfiles is not installed."""

    def __init__(self) -> None:
        super().__init__('--reload needs watchfiles: pip install "orthanc-python[dev]"')


class WatchFailed(Exception):
    """Changes of files are no longer seen; the text says why."""


class FilesChanged(Exception):
    """Python files were saved; the text names them."""


class Watcher:
    """Watches the Python files of folders, and of the folders in them."""

    def __init__(self, *folders: Path) -> None:
        try:
            self._watchfiles: Any = import_module("watchfiles")
        except ImportError:
            raise WatchfilesMissing from None
        self._folders = {folder.absolute() for folder in folders}
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._failure: Exception | None = None
        self._raises = False
        self._begun = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        only_python = self._watchfiles.PythonFilter()
        try:
            for changes in self._watchfiles.watch(
                *self._folders,
                watch_filter=only_python,
                stop_event=self._end,
                rust_timeout=500,
                yield_on_timeout=True,
            ):
                self._begun.set()
                with self._lock:
                    self._changed |= {path for _, path in changes}
        except Exception as error:  # such as the system's limit of watches
            self._failure = error
        finally:
            self._begun.set()

    def wait_until_begun(self) -> None:
        """Wait until the files are watched: a save before that would be lost."""
        self._begun.wait()

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Let `check` raise FilesChanged in this context."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def check(self) -> None:
        """Raise FilesChanged once for the files that were saved."""
        if self._failure is not None:
            raise WatchFailed(f"--reload cannot watch the files: {self._failure}")
        with self._lock:
            if not self._raises or not self._changed:
                return
            names = sorted(Path(path).name for path in self._changed)
            self._changed.clear()
        raise FilesChanged(", ".join(names))


def serve(
    server: Orthanc,
    watcher: Watcher,
    check: Callable[[], None],
    introduce: Callable[[], None],
    explain: Callable[[], None],
    write: Callable[[str], None],
) -> None:
    """Run Orthanc, and start it again after each save, until an exception ends this.

    `check` is called while no Orthanc runs, `introduce` after a start, and `explain` after the
    failure of a script.
    """
    with_scripts = dict(server.config)
    with watcher:
        while True:
            try:
                with watcher.raising():
                    started = _start(server, with_scripts, explain)
                    watcher.wait_until_begun()
                    if started:
                        introduce()
                    else:
                        write(
                            f"Orthanc runs without scripts at {server.url}/ until you save a file\n"
                        )
                    code = server.wait()
                    write(
                        f"Orthanc stopped by itself (exit code {code}). Save a file to start it\n"
                    )
                    _wait(check)
            except FilesChanged as changed:
                write(f"\n{changed} changed: starting Orthanc again\n")
            _stop(server)


def _start(
    server: Orthanc,
    with_scripts: Mapping[str, Any],
    explain: Callable[[], None],
) -> bool:
    """Start Orthanc; without scripts, to keep its data available, if one of them fails."""
    server.config.update(with_scripts)
    try:
        server.start()
        return True
    except OrthancFailed as error:
        if error.exit_code is None:
            raise
    explain()
    set_scripts(server.config, [])
    server.start()
    return False


def _stop(server: Orthanc) -> None:
    with contextlib.suppress(OrthancFailed):  # killed: its database stays consistent
        server.stop(_STOP)


def _wait(check: Callable[[], None]) -> None:
    """Wait until `check` raises an exception."""
    while True:
        check()
        time.sleep(_STEP)

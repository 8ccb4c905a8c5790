# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sends the reports of Python itself to Orthanc's log: logging, warnings, uncaught exceptions.

`logging` and `warnings` are connected when they are first imported, so they delay no start.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType

from . import loaded, log_writer, native

_thread_hook = threading.excepthook
_unraisable_hook = sys.unraisablehook


def connect(output: str) -> None:
    """Apply the option `Python.Output`; called at each start of Orthanc."""
    to_log = output != "stdout"
    log_writer.enable(to_log)
    missing = sys.stdout is None or sys.stderr is None  # as in many Windows services
    if output in ("log", "both") or (to_log and missing) or loaded("output"):
        from . import output as streams

        streams.install(_write_line, output)
    if to_log and _Finder not in sys.meta_path:
        threading.excepthook = _thread_failed
        sys.unraisablehook = _ignored
        sys.meta_path.insert(0, _Finder)
        for name in _CONNECTED:
            if name in sys.modules:
                _connect(sys.modules[name])


def _write_line(text: str) -> bool:
    return native.log(log_writer.WARNING, "", 0, text)


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is SystemExit:
        return
    name = args.thread.name if args.thread is not None else threading.get_ident()
    if not log_writer.report(f'Error in the Python thread "{name}"', args.exc_value):
        _thread_hook(args)


def _ignored(args: sys.UnraisableHookArgs) -> None:
    headline = args.err_msg or "Exception ignored in"
    try:
        if args.object is not None:
            headline += f": {args.object!r}"
    except Exception:
        pass
    if not log_writer.report(headline, args.exc_value):
        _unraisable_hook(args)


_CONNECTED = ("logging", "warnings")


def _connect(module: ModuleType) -> None:
    if hasattr(module, "lastResort"):  # otherwise it is a module of the script with this name
        from . import log_handlers

        log_handlers.connect(module)
    elif hasattr(module, "showwarning"):
        from . import log_warnings

        log_warnings.connect(module)


class _Finder:
    """Uses Python's own finders to find `logging` and `warnings`, and connects them."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _CONNECTED:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not _Finder else None
            if spec is not None:
                return _connecting(spec)
        return None


def _connecting(spec: ModuleSpec) -> ModuleSpec:
    if spec.loader is not None:
        spec.loader = _Loader(spec.loader)  # type: ignore[assignment, arg-type]
    return spec


class _Loader:
    """Lets the real loader load a module, then connects it."""

    def __init__(self, loader: SourceFileLoader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _connect(module)

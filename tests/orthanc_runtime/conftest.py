# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The package orthanc_runtime in the process of the tests, loaded as the library loads it."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "orthanc_runtime"
NAME = "orthanc_runtime"
LONG = 60.0  # seconds: a test that waits for so long has failed


def module(name: str, **attributes: object) -> Any:
    """A module with these attributes."""
    made = ModuleType(name)
    vars(made).update(attributes)
    return made


class Runtime:
    """The modules of the package, on fake native parts."""

    def __init__(self) -> None:
        self.logged: list[tuple[int, str, int, str]] = []
        self.has_log = True
        self.orthanc = module("orthanc", HttpClient=None)

    def _log(self, level: int, file: str, line: int, text: str) -> bool:
        if self.has_log:
            self.logged.append((level, file, line, text))
        return self.has_log

    def __call__(self, module: str) -> Any:
        """A module of the package."""
        return importlib.import_module(f"{NAME}.{module}")

    def load(self) -> None:
        """Do what loadPythonRuntime() in python_runtime.cpp does."""
        texts = {
            NAME if path.stem == "__init__" else f"{NAME}.{path.stem}": path.read_text("utf-8")
            for path in SOURCES.glob("*.py")
        }
        package = ModuleType(NAME)
        package.__path__ = []
        sys.modules[NAME] = package
        exec(compile(texts[NAME], f"<{NAME}>", "exec"), vars(package))
        vars(package)["install"](texts)
        # These two would add fork hooks and signal handlers to the process of the tests
        hooks = {"end_if_forked_child": lambda headline, error: None}
        signals = {"interruptibly": lambda function: function()}
        native = {
            "log": self._log,
            "instead_of": {"Old": "use New"}.get,
            "mark_event_loop_thread": lambda: None,
            "callback_depth": lambda: 0,
        }
        for name, contents in (
            ("multiprocessing_hooks", hooks),
            ("signals", signals),
            ("native", native),
        ):
            fake = module(f"{NAME}.{name}", **contents)
            sys.modules[fake.__name__] = vars(package)[name] = fake
        sys.modules["orthanc"] = self.orthanc


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """Each test has a package of its own, without the state of other tests."""
    before = dict(sys.modules)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    runtime = Runtime()
    runtime.load()
    yield runtime
    for name in [*sys.modules]:
        if name == "orthanc" or name.partition(".")[0] == NAME:
            del sys.modules[name]
    sys.modules.update(
        {name: module for name, module in before.items() if name.partition(".")[0] == NAME}
    )


@pytest.fixture
def event_loop(runtime: Runtime) -> Iterator[Any]:
    runtime("log_writer").enable(True)
    module = runtime("event_loop")
    yield module
    assert module.stop(time.monotonic() + LONG) == []


@pytest.fixture
def aio(runtime: Runtime, event_loop: Any) -> Any:
    runtime.orthanc.Get = lambda uri: (uri, threading.current_thread())
    runtime.orthanc.RegisterThing = runtime.orthanc.route = print
    runtime.orthanc.ErrorCode = type("ErrorCode", (), {})
    return runtime("aio").exports(runtime.orthanc)["aio"]


async def value(result: Any) -> Any:
    await asyncio.sleep(0)
    return result


async def for_ever(begun: threading.Event | None = None) -> None:
    if begun is not None:
        begun.set()
    await asyncio.Event().wait()


async def thread() -> threading.Thread:
    return threading.current_thread()

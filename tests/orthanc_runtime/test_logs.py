# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .conftest import Runtime

ERROR, WARNING, INFO, TRACE = range(4)
HERE = "test_logs.py"


@pytest.fixture
def logs(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, connected to Python's hooks; the former hooks are restored at the end."""
    replaced = {
        logging: ("lastResort", "basicConfig"),
        warnings: ("showwarning",),
        threading: ("excepthook",),
        sys: ("unraisablehook",),
    }
    for module, names in replaced.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(warnings, "showwarning", lambda *arguments: None)
    logs = runtime("logs")
    logs.connect("auto")
    yield logs
    logs.connect("stdout")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Removes the handlers of pytest, which come after the fixtures."""
    return lambda: monkeypatch.setattr(logging.getLogger(), "handlers", [])


@pytest.mark.parametrize(
    ("number", "level"),
    [(50, ERROR), (40, ERROR), (39, WARNING), (30, WARNING), (20, INFO), (10, TRACE)],
)
def test_the_level_of_a_record(
    runtime: Runtime, logs: Any, bare: Callable[[], None], number: int, level: int
) -> None:
    bare()
    logger = logging.getLogger("orthanc-python-test")
    logger.setLevel(1)
    logger.log(number, "some %s", "text")
    ((found, file, _, text),) = runtime.logged
    assert (found, file, text) == (level, HERE, "some text")


def test_the_root_logger_gets_no_handler(
    runtime: Runtime, logs: Any, bare: Callable[[], None]
) -> None:
    bare()
    logging.warning("first")
    assert logging.getLogger().handlers == []
    assert [entry[3] for entry in runtime.logged] == ["first"]


def test_a_configured_logger_does_not_use_the_log(
    runtime: Runtime, logs: Any, bare: Callable[[], None]
) -> None:
    bare()
    logging.basicConfig(handlers=[logging.NullHandler()])
    assert len(logging.getLogger().handlers) == 1
    logging.warning("elsewhere")
    assert runtime.logged == []


def test_warnings_are_logged(runtime: Runtime, logs: Any) -> None:
    warnings.showwarning("careful", UserWarning, "/a/b.py", 3)
    assert runtime.logged == [(WARNING, "b.py", 3, "UserWarning: careful")]


def test_a_failed_thread_is_logged(runtime: Runtime, logs: Any) -> None:
    for thread in (
        threading.Thread(target=lambda: 1 / 0, name="WORKER"),
        threading.Thread(target=sys.exit),  # no failure
    ):
        thread.start()
        thread.join()
    ((level, _, _, text),) = runtime.logged
    assert level == ERROR
    assert text.startswith('Error in the Python thread "WORKER", traceback:\nTraceback (most')
    assert text.endswith("ZeroDivisionError: division by zero")


def test_an_ignored_exception_is_logged(runtime: Runtime, logs: Any) -> None:
    class Deleted:
        def __del__(self) -> None:
            raise ValueError("in __del__")

    Deleted()
    ((level, _, _, text),) = runtime.logged
    assert level == ERROR
    assert text.startswith("Exception ignored") and text.endswith("ValueError: in __del__")


def test_without_a_log_python_reports_itself(
    runtime: Runtime, logs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = runtime("log_writer")
    assert writer.report("Error in a callback", ValueError("x")) is True
    runtime.has_log = False
    assert writer.report("Error in a callback", ValueError("x")) is False
    assert writer.report("Error in a callback", None) is False


def test_lines_of_a_stream_are_split(
    runtime: Runtime, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    logs.connect("log")
    print("one", "line")
    print("two\nlines", end="")
    print("\r10 %\r20 %", file=sys.stderr)
    sys.stderr.write("unfinished")
    assert [entry[3] for entry in runtime.logged] == ["one line", "two", "20 %"]
    runtime("output").finish()
    assert [entry[3] for entry in runtime.logged][3:] == ["lines", "unfinished"]

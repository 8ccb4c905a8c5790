# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run`: signals and ends of the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from orthanc_python.run import _Signals, _Stop
from tests.support.signals import STOPPING, inherited

from .running import HELLO, Run

ENDLESS_STOP = """
import threading
import orthanc

def change(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        print("stopping for ever", flush=True)
        threading.Event().wait()

orthanc.RegisterOnChangeCallback(change)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_and_stop(run: Callable[..., Run], number: signal.Signals) -> None:
    running = run(HELLO)
    assert requests.get(running.url + "/hello", timeout=60).text == "hello"
    data = Path(running.output.wait_for("Data  (/[^,]*), deleted at the end", 60)[1])
    assert data.is_dir()
    os.killpg(running.process.pid, number)
    assert running.end() == 0
    assert "Orthanc has stopped" in running.output.text
    assert not data.exists()


def test_signals_that_the_caller_ignores(run: Callable[..., Run]) -> None:
    """As under nohup."""
    running = run(HELLO, ignored=[signal.SIGHUP])
    assert running.url
    os.killpg(running.process.pid, signal.SIGHUP)
    running.press_ctrl_c()
    assert running.end() == 0
    assert "it was killed" not in running.output.text


@pytest.mark.parametrize("way", ["ignored", "blocked"])
def test_sigterm_stops_orthanc_with_each_inherited_disposition(
    run: Callable[..., Run], way: str
) -> None:
    running = run(HELLO, **{way: STOPPING})
    assert running.url
    running.process.terminate()
    assert running.end() == 0
    assert "Orthanc has stopped" in running.output.text


def test_a_signal_interrupts_no_statement() -> None:
    """An exception inside subprocess would leave its lock acquired."""
    signals = _Signals()
    with inherited(), signals.watched():
        for number in STOPPING:
            signal.raise_signal(number)
            with pytest.raises(_Stop):
                signals.check()
            signals.check()


def test_ctrl_c_while_it_starts(run: Callable[..., Run], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    running = run("import os\nprint('pid', os.getpid(), flush=True)\nopen('fifo')")
    pid = int(running.output.wait_for(r"^pid (\d+)$", 60)[1])
    running.press_ctrl_c()
    assert running.end() == 255  # the import is interrupted, so Orthanc does not start
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_second_ctrl_c_does_not_wait(run: Callable[..., Run]) -> None:
    running = run(ENDLESS_STOP)
    assert running.url
    running.press_ctrl_c()
    running.output.wait_for("^Stopping Orthanc ... Press Ctrl-C again to end it at once.$", 60)
    running.output.wait_for("stopping for ever", 60)
    running.press_ctrl_c()
    assert running.end() == 1
    assert "it was killed" in running.output.text


def test_orthanc_that_ends_by_itself(run: Callable[..., Run]) -> None:
    running = run(HELLO)
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url + "/end", timeout=60)
    assert running.end() == 3
    assert "stopped by itself (exit code 3)" in running.output.text

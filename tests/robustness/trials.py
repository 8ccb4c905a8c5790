# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Stop a busy Orthanc at random moments: python -m tests.robustness.trials --trials 300

Each trial starts Orthanc with a script that runs threads, timers, callbacks and SDK calls, sends
SIGTERM or SIGINT (sometimes during a reset), and checks the exit code. A trial succeeds if Orthanc
ends by itself, soon, and not by a signal.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from orthanc_python.find_orthanc import find_orthanc
from orthanc_python.library import library_path

from .support import Starting

STOP_TIMEOUT = 1
# a stop of Orthanc takes a few seconds by itself; everything else is a multiple of the timeout
LONGEST_STOP = 30

SCRIPT = """
import json
import sqlite3
import threading
import time
import xml.dom.minidom
import orthanc

def on_sdk(output, uri, **request):
    for i in range(20):
        orthanc.RestApiGet('/system')
    output.AnswerBuffer('sdk', 'text/plain')

def on_busy(output, uri, **request):
    output.AnswerBuffer(str(sum(range(1000000))), 'text/plain')

def on_nested(output, uri, groups, **request):
    depth = int(groups[0])
    answer = orthanc.RestApiGetAfterPlugins(f'/nested/{depth - 1}') if depth else b'end'
    output.AnswerBuffer(answer, 'text/plain')

def on_endless(output, uri, **request):
    while True:
        json.dumps(list(range(1000)))

def on_change(change, level, resource):
    if change != orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.RestApiGet('/statistics')

def poll():
    try:
        while True:
            orthanc.RestApiGet('/system')
            time.sleep(0.001)
    except orthanc.OrthancException:
        pass

def tick():
    timer = threading.Timer(0.01, tick)
    timer.daemon = True
    timer.start()

orthanc.RegisterRestCallback('/sdk', on_sdk)
orthanc.RegisterRestCallback('/busy', on_busy)
orthanc.RegisterRestCallback('/nested/([0-9]+)', on_nested)
orthanc.RegisterRestCallback('/endless', on_endless)
orthanc.RegisterOnChangeCallback(on_change)
threading.Thread(target=poll, daemon=True).start()
threading.Thread(target=poll).start()
threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
tick()
if SLOW:
    time.sleep(0.5)
"""


def keep_busy(starting: Starting, stopped: threading.Event, endless: bool) -> None:
    """Send requests, one after the other, until Orthanc has ended."""
    paths = ["/sdk", "/busy", "/nested/10", *(["/endless"] if endless else [])]
    with requests.Session() as session:
        session.trust_env = False
        while not stopped.is_set():
            with contextlib.suppress(requests.RequestException):
                session.get(starting.server.url + random.choice(paths), timeout=60)
            stopped.wait(0.01)


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler for a signal."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:  # it has ended
        return False
    caught = re.search(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


def problem_of(starting: Starting, code: int | None, fatal: int | None) -> str | None:
    """The problem at the end of a trial, or None; `fatal` is a signal that may end Orthanc."""
    if code is None:
        return f"it did not stop within {LONGEST_STOP} s"
    if code < 0:
        return None if -code == fatal else f"exit code {code}"
    if re.search(r"Fatal Python error|double free|terminate called", starting.log):
        return "a crash in the log"
    return None


def trial(seed: int, plugin: Path, orthanc: Path) -> str | None:
    """Run one trial; return its problem, or None."""
    chance = random.Random(seed)
    number = chance.choice([signal.SIGTERM, signal.SIGINT])
    moment = chance.choice(["start", "start", "running", "running", "reset"])
    endless = chance.random() < 0.3
    stopped = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        starting = Starting(
            Path(folder),
            f"SLOW = {chance.random() < 0.5}\n{SCRIPT}",
            plugin=plugin,
            orthanc=orthanc,
            config={"Python": {"StopTimeout": STOP_TIMEOUT}, "StableAge": 1},
        )
        clients = [
            threading.Thread(target=keep_busy, args=(starting, stopped, endless and not i))
            for i in range(3)
        ]
        for client in clients:
            client.start()
        if moment == "start":
            time.sleep(chance.uniform(0, 1.2))
        else:
            starting.wait_for_log("Orthanc has started")
            time.sleep(chance.uniform(0, 0.5))
            if moment == "reset":
                with contextlib.suppress(requests.RequestException):
                    requests.post(starting.server.url + "/tools/reset", timeout=10)
                # until then, Orthanc mistakes a signal for the reset that has just begun
                starting.wait_for_log("Orthanc is stopping")
                time.sleep(chance.uniform(0, 3))
        # Orthanc alone does not handle signals before the plugin does
        early = moment == "start" and not catches(starting.server.pid, number)
        with contextlib.suppress(ProcessLookupError):
            starting.send(number)
        code = starting.end(LONGEST_STOP)
        stopped.set()
        for client in clients:
            client.join()
    problem = problem_of(starting, code, number if early else None)
    return problem and f"seed {seed}, {signal.Signals(number).name}, {moment}: {problem}\n" + (
        "\n".join(starting.log.splitlines()[-25:])
    )


def main() -> int:
    """Run the trials; return 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first trial")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no trial after that")
    arguments = parser.parse_args()
    plugin, orthanc = library_path(), find_orthanc()
    end = time.monotonic() + 60 * arguments.minutes
    trials = failures = 0
    for seed in range(arguments.first, arguments.first + arguments.trials):
        if time.monotonic() > end:
            break
        trials += 1
        problem = trial(seed, plugin, orthanc)
        if problem is not None:
            failures += 1
            print(problem, flush=True)
    print(f"{trials} trials, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

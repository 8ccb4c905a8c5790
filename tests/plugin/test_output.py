# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`print` writes to standard output, and to the log if the log is a file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.plugin.test_start import failure
from tests.support.servers import Servers, ask_to_reset, seen, wait_for

LOGFILE = ["--logfile=orthanc.log"]
LOGDIR = ["--logdir=."]


def logged(server: Orthanc) -> str:
    """The text of the log files, without the head of each line."""
    files = sorted(server.directory.glob("orthanc.log")) or sorted(
        path for path in server.directory.glob("Orthanc.log.*") if not path.is_symlink()
    )
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r"^W\d.*?\] ", "W ", text, flags=re.MULTILINE)


def wait_for_line(server: Orthanc, line: str) -> None:
    """Wait until the log file has a line of the script, as a warning."""
    wait_for(lambda: f"W {line}\n" in logged(server), f"{line!r} in the log")


PRINTS = """
import sys
import threading
from recorder import record

print('one', 'line')
print('a part,', end=' ', flush=True)
print('the rest')
print('to standard error', file=sys.stderr)
print('Grüße \\udc80 \\0.')
sys.stdout.buffer.write(b'bytes \\xff\\n')
sys.stdout.writelines(['several\\n', 'lines\\n', '\\n'])
sys.stderr.write('\\r 1 %\\r 50 %')
sys.stderr.write('\\r100 %\\n')


class Deleted:
    def __del__(self):
        print('from __del__')


class Printing(str):
    def __str__(self):
        Deleted()
        print('while it prints')
        return 'outer'


print(Printing())
threads = [threading.Thread(target=lambda n=n: [print('thread', n, i) for i in range(50)])
           for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
record(sys.stdout.isatty(), sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.encoding,
       sys.stdout.name, sys.stdout.mode, sys.stdout.writable(), sys.stdout.closed,
       type(sys.stdout).__name__)
print('unfinished', end='')
"""

PRINTED = (
    "one line",
    "a part, the rest",
    "to standard error",
    r"bytes \xff",
    "several",
    "lines",
    "100 %",
    "from __del__",
    "while it prints",
    "outer",
    *(f"thread {n} {i}" for n in range(4) for i in range(50)),
)


@pytest.mark.parametrize("arguments", [LOGFILE, LOGDIR], ids=["logfile", "logdir"])
def test_a_log_file_has_printed_lines(
    orthanc: Servers, where: str | None, arguments: list[str]
) -> None:
    server = orthanc(PRINTS, debian=where, arguments=arguments)
    log = logged(server)
    for line in PRINTED:
        assert f"W {line}\n" in log, line
    assert r"W Grüße \x80 \x00." in log
    assert "W \n" not in log
    assert "50 %" not in log
    for line in ("one line", "to standard error", "outer"):  # the threads' lines may mix there
        assert f"{line}\n" in server.log, "it is on standard output as well"
    attributes = [False, 1, 2, "utf-8", "<stdout>", "w", True, False, "TextIOWrapper"]
    assert seen(server) == [attributes]
    server.stop()
    assert "W unfinished\n" in logged(server)


def test_a_log_on_the_terminal_has_nothing_twice(orthanc: Servers, where: str | None) -> None:
    server = orthanc(
        """
        import sys
        from recorder import record
        print('printed')
        record(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)
        """,
        debian=where,
    )
    server.wait_for_log("^printed$")
    assert server.log.count("printed") == 1
    assert seen(server) == [[True, True]]


@pytest.mark.parametrize(
    ("output", "in_log", "printed"),
    [("stdout", False, True), ("log", True, False), ("both", True, True), ("auto", True, True)],
)
def test_the_option_decides(
    orthanc: Servers, where: str | None, output: str, in_log: bool, printed: bool
) -> None:
    config: dict[str, Any] = {"Python": {"Output": output}}
    server = orthanc("print('a line')", debian=where, config=config, arguments=LOGFILE)
    assert ("W a line\n" in logged(server)) == in_log
    server.stop()
    assert ("a line\n" in server.log) == printed


def test_output_to_the_log_on_a_terminal(orthanc: Servers) -> None:
    server = orthanc("print('a line')", config={"Python": {"Output": "log"}})
    server.wait_for_log(r"^W.*\] a line$")
    assert server.log.count("a line") == 1


def test_a_wrong_output_is_refused(orthanc: Servers) -> None:
    log = failure(orthanc, "", config={"Python": {"Output": "file"}}).log
    assert (
        'The configuration option "Python.Output" must be one of "auto", "stdout", "log", "both", '
        'not "file"'
    ) in log
    assert (
        '"Python.Output" is not a string'
        in failure(orthanc, "", config={"Python": {"Output": True}}).log
    )


HANDLER = """
import logging
import sys


class Loud(logging.StreamHandler):
    def emit(self, record):
        print('inside a handler')
        super().emit(record)


logging.basicConfig(level=logging.INFO, handlers=[Loud()], format='mine: %(message)s')
logging.info('configured')
"""


def test_handlers_of_the_script_reach_the_log(orthanc: Servers, where: str | None) -> None:
    log = logged(orthanc(HANDLER, debian=where, arguments=LOGFILE))
    assert log.index("W inside a handler\n") < log.index("W mine: configured\n")


WORKERS = """
import multiprocessing
import os
import sys
import orthanc
from recorder import answer, route
import task


@route('/pool/(.*)')
def pool(output, uri, groups, **request):
    with orthanc.WorkerPool(1, start_method=groups[0]) as workers:
        answer(output, workers.run(task.work, groups[0]))


@route('/process')
def process(output, uri, **request):
    started = multiprocessing.get_context('fork').Process(target=task.work, args=('Process',))
    started.start()
    started.join()
    answer(output, started.exitcode is not None)
"""
TASK = """
import logging
import sys
import threading


def work(name):
    print('printed by', name)
    print('reported by', name, file=sys.stderr)
    logging.warning('logged by %s', name)
    thread = threading.Thread(target=print, args=('thread of', name))
    thread.start()
    thread.join()
    sys.stdout.flush()
    return name
"""


@pytest.fixture(scope="module")
def workers(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(WORKERS, debian=where, files={"task.py": TASK}, arguments=LOGFILE)


@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_the_output_of_workers_is_in_the_log(workers: Orthanc, method: str) -> None:
    assert workers.get(f"/pool/{method}").json() == method
    for line in (f"printed by {method}", f"reported by {method}", f"thread of {method}"):
        wait_for_line(workers, line)
    wait_for(lambda: f"logged by {method}\n" in logged(workers), "the record")


def test_the_output_of_a_forked_process_is_in_the_log(workers: Orthanc) -> None:
    assert workers.get("/process").json() is True
    wait_for_line(workers, "printed by Process")


def test_workers_print_to_standard_output_as_well(workers: Orthanc) -> None:
    assert workers.get("/pool/spawn").json() == "spawn"
    workers.wait_for_log("^printed by spawn$")


AT_THE_END = """
import atexit
import threading
import orthanc

stopped = threading.Event()
printed = threading.Event()


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        print('the last event')
        stopped.set()
        printed.wait()


def endless():
    stopped.wait()
    while True:
        print('a thread that goes on')
        printed.set()


orthanc.RegisterOnChangeCallback(on_change)
threading.Thread(target=endless, daemon=True).start()
atexit.register(print, 'in atexit')
"""


def test_output_at_the_end_arrives(orthanc: Servers, where: str | None) -> None:
    """A thread that keeps printing does not disturb the shutdown."""
    server = orthanc(AT_THE_END, debian=where, arguments=LOGFILE)
    server.stop()
    log = logged(server)
    for line in ("the last event", "a thread that goes on", "in atexit"):
        assert f"W {line}\n" in log, line


def test_the_log_goes_on_after_a_reset(orthanc: Servers, where: str | None) -> None:
    server = orthanc("print('imported')", debian=where, arguments=LOGFILE)
    ask_to_reset(server)
    wait_for(lambda: logged(server).count("W imported\n") == 2, "the second import")
    wait_for(lambda: logged(server).count("Orthanc has started") == 2, "the restart")

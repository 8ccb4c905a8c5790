# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`logging`, warnings and uncaught exceptions arrive in Orthanc's log."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, reset, seen


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def place(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Options of `orthanc`: the oldest Python, this one, and the newest one, whose Orthanc has
    LogMessage.
    """
    return {"debian": request.param}


def entry(level: str, file: str, line: int, text: str) -> str:
    """The pattern of an entry in Orthanc's log: since 1.12.4 its head names the file."""
    return rf"^{level}\d.*\b{re.escape(file)}:{line}(\]|:) (\(plugins\) )?{text}$"


UNCONFIGURED = """
import sys
rare = ['logging', 'traceback', 'multiprocessing'] + ['typing'] * (sys.version_info >= (3, 10))
early = [name for name in rare if name in sys.modules]
import logging
from recorder import record

logging.warning('first %s', 'message')
logging.getLogger('a.library').error('from a library')
logging.info('too low')
logging.getLogger('a.library').debug('too low as well')
record('early', early)
record('handlers', len(logging.getLogger().handlers))
try:
    1 / 0
except ZeroDivisionError:
    logging.exception('caught')
logging.getLogger().setLevel(1)
logging.info('wanted')
logging.getLogger().setLevel(logging.WARNING)
logging.critical('escaped \\udc80\\0.')
"""


@pytest.fixture(scope="module")
def unconfigured(module_orthanc: Servers, place: dict[str, Any]) -> Orthanc:
    return module_orthanc(UNCONFIGURED, **place, arguments=["--verbose"])


def test_records_have_level_file_and_line(unconfigured: Orthanc) -> None:
    log = unconfigured.log
    for level, line, text in (
        ("W", 8, "first message"),
        ("E", 9, "from a library"),
        ("E", 17, "caught\nTraceback .*\n.*\n.*\n(.*\\^.*\n)?ZeroDivisionError: division by zero"),
        ("I", 19, "wanted"),
        ("E", 21, r"escaped \\udc80\\x00\."),
    ):
        assert re.search(entry(level, "script.py", line, text), log, re.MULTILINE), (text, log)
    assert "too low" not in log


def test_the_root_logger_stays_without_handlers(unconfigured: Orthanc) -> None:
    assert ["handlers", 0] in seen(unconfigured)


def test_no_start_waits_for_modules_that_few_scripts_need(unconfigured: Orthanc) -> None:
    assert ["early", []] in seen(unconfigured)


CONFIGURED = """
import logging
from recorder import record

logging.warning('before')
logging.basicConfig(format='%(levelname)s of mine: %(message)s', level=logging.INFO)
record(len(logging.getLogger().handlers))
logging.info('after')
"""


def test_basic_config_works_as_in_any_program(orthanc: Servers, place: dict[str, Any]) -> None:
    server = orthanc(CONFIGURED, **place)
    server.wait_for_log(entry("W", "script.py", 5, "before"))
    server.wait_for_log("^INFO of mine: after$")
    assert server.log.count("after") == 1
    assert seen(server) == [[1]]


def test_basic_config_without_arguments_is_respected(orthanc: Servers) -> None:
    server = orthanc("import logging\nlogging.basicConfig()\nlogging.error('plain')")
    server.wait_for_log("^ERROR:root:plain$")


def test_a_script_without_last_resort_is_respected(orthanc: Servers) -> None:
    server = orthanc(
        "import logging\nlogging.lastResort = None\nlogging.getLogger('x').error('unwanted')"
    )
    assert "unwanted" not in server.log


REPORTS = """
import threading
import warnings


def in_thread():
    raise ValueError('in a thread')


thread = threading.Thread(target=in_thread, name='WORKER')
thread.start()
thread.join()


class Deleted:
    def __del__(self):
        raise ValueError('in __del__')


Deleted()
warnings.warn('be careful')
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    warnings.warn('recorded')
assert len(caught) == 1
threading.Thread(target=lambda: exit(3)).start()
"""


def test_exceptions_of_threads_are_in_the_log(orthanc: Servers, place: dict[str, Any]) -> None:
    server = orthanc(REPORTS, **place)
    server.wait_for_log(
        r'^E.*\] Error in the Python thread "WORKER", traceback:\n'
        r"Traceback \(most recent call last\):\n"
        r'  File ".*script\.py", line 7, in in_thread\n.*\n(.*\^.*\n)?ValueError: in a thread$'
    )
    server.wait_for_log(r"^E.*\] Exception ignored .*Deleted\.__del__.*, traceback:\nTraceback")
    assert server.log.count("ValueError: in __del__") == 1
    server.wait_for_log(entry("W", "script.py", 21, "UserWarning: be careful"))
    assert "recorded" not in server.log
    assert "SystemExit" not in server.log


HOOKS = """
import sys
import threading
import warnings
from recorder import record

threading.excepthook = lambda args: record('thread', str(args.exc_value))
sys.unraisablehook = lambda args: record('ignored', str(args.exc_value))
warnings.showwarning = lambda *arguments: record('warning', str(arguments[0]))


def fail():
    raise ValueError('mine')


class Deleted:
    def __del__(self):
        fail()


thread = threading.Thread(target=fail)
thread.start()
thread.join()
Deleted()
warnings.warn('mine')
"""


def test_hooks_of_the_script_win(orthanc: Servers, where: str | None) -> None:
    server = orthanc(HOOKS, debian=where)
    assert seen(server) == [["thread", "mine"], ["ignored", "mine"], ["warning", "mine"]]
    assert "Error in the Python thread" not in server.log


AS_ALWAYS = """
import logging
import threading
import warnings

logging.warning('logged')
warnings.warn('warned')
thread = threading.Thread(target=lambda: 1 / 0, name='WORKER')
thread.start()
thread.join()
print('printed')
"""


def test_output_stdout_leaves_all_to_python(orthanc: Servers, where: str | None) -> None:
    server = orthanc(AS_ALWAYS, debian=where, config={"Python": {"Output": "stdout"}})
    server.wait_for_log("^WARNING:root:logged$")
    server.wait_for_log("script.py:7: UserWarning: warned$")
    server.wait_for_log(r"^Exception in thread WORKER")
    server.wait_for_log("^printed$")


def test_reports_arrive_after_a_reset(orthanc: Servers, where: str | None) -> None:
    server = orthanc(AS_ALWAYS, debian=where)
    reset(server)
    for pattern in (
        entry("W", "script.py", 6, "logged"),
        entry("W", "script.py", 7, "UserWarning: warned"),
        'Error in the Python thread "WORKER"',
        "^printed$",
    ):
        found = re.findall(pattern, server.log, re.MULTILINE)
        assert len(found) == 2, (pattern, server.log)


AT_THE_END = """
import atexit
import logging
import threading
import time
import orthanc

stopped = threading.Event()


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        logging.warning('in the last event')
        stopped.set()


def last_thread():
    stopped.wait()
    logging.warning('in a thread of the end')


class Kept:
    def __del__(self):
        logging.warning('in __del__ at the end')


kept = Kept()
orthanc.RegisterOnChangeCallback(on_change)
threading.Thread(target=last_thread).start()
atexit.register(lambda: logging.warning('in atexit'))
"""


def test_records_arrive_until_the_end(orthanc: Servers, place: dict[str, Any]) -> None:
    server = orthanc(AT_THE_END, **place)
    server.stop()
    for text in ("the last event", "a thread of the end", "atexit", "__del__ at the end"):
        assert re.search(rf"^W.*script\.py:\d+(\]|:) in {text}$", server.log, re.MULTILINE), text


FORKED = """
import logging
import os

logging.warning('in the parent')
child = os.fork()
if child == 0:
    logging.warning('in the child')
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_forked_child_uses_standard_error(orthanc: Servers, where: str | None) -> None:
    server = orthanc(FORKED, debian=where)
    server.wait_for_log(r"^W.*in the parent$")
    server.wait_for_log("^in the child$")

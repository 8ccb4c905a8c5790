# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`breakpoint()` in a script that `orthanc-python run` starts in a terminal."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from tests.support.servers import wait_for

from .running import Run

ROUTE = """
import orthanc

def inspect(output, uri, **request):
    secret = 42
    breakpoint()
    output.AnswerBuffer(str(secret), "text/plain")

orthanc.RegisterRestCallback("/inspect", inspect)
"""


class Terminal:
    """The keyboard of a user."""

    def __init__(self) -> None:
        self.keyboard, self.end = pty.openpty()

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def close(self) -> None:
        os.close(self.keyboard)
        os.close(self.end)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def await_prompt(running: Run, count: int) -> None:
    wait_for(lambda: running.shown.count("(Pdb) ") == count, "a prompt of pdb")


def inspect(running: Run, pool: ThreadPoolExecutor, prompt: int) -> Future[requests.Response]:
    """Send a request, and return when the debugger shows that prompt.

    Earlier prompts may appear after the response to their request.
    """
    answer = pool.submit(requests.get, running.url + "/inspect", timeout=120)
    await_prompt(running, prompt)
    return answer


def test_pdb_works_in_a_thread_of_orthanc(
    run: Callable[..., Run], terminal: Terminal, pool: ThreadPoolExecutor
) -> None:
    running = run(ROUTE, stdin=terminal.end)
    answer = inspect(running, pool, 1)
    terminal.type("p secret\n")
    running.output.wait_for(r"^\(Pdb\) 42$", 60)
    terminal.type("secret = 7\nc\n")
    assert answer.result().text == "7"

    answer = inspect(running, pool, 4)
    terminal.type("q\n")
    assert answer.result().status_code == 500
    running.output.wait_for("BdbQuit", 60)

    answer = inspect(running, pool, 5)
    terminal.type("\x04")  # Ctrl-D
    assert answer.result().status_code == 500

    answer = inspect(running, pool, 6)  # the input is still open
    running.press_ctrl_c()
    assert running.end() == 0
    assert answer.result().status_code == 500


def test_pdb_works_while_the_script_is_imported(
    run: Callable[..., Run], terminal: Terminal
) -> None:
    text = "number = 3\nbreakpoint()\nprint('go', number)\n"
    running = run(text, stdin=terminal.end)
    await_prompt(running, 1)
    terminal.type("number += 1\nc\n")
    running.output.wait_for("go 4$", 60)
    assert running.url
    running.press_ctrl_c()
    assert running.end() == 0

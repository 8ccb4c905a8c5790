# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks that guard data never let through what the script did not allow."""

from __future__ import annotations

import resource
import sys

import pytest

from tests.support.processes import address_space

from .conftest import Start

# The script allows everything, unless REFUSES is true.
SCRIPT = """
import orthanc

REFUSES = False
FULL = orthanc.ErrorCode.FULL_STORAGE


def decides(allowed, refused):
    return lambda *values, **keywords: refused if REFUSES else allowed


def works(result):
    def callback(*values, **keywords):
        if REFUSES:
            raise orthanc.OrthancException(FULL, 'refused')
        return result
    return callback


def on_rest(output, uri, **request):
    output.AnswerBuffer('answer', 'text/plain')


STATUS = orthanc.HttpAuthenticationStatus
REASON = orthanc.StorageCommitmentFailureReason
ACTION = orthanc.ReceivedInstanceAction
orthanc.RegisterRestCallback('/rest', on_rest)
orthanc.RegisterIncomingHttpRequestFilter(decides(True, False))
orthanc.RegisterHttpAuthentication(decides(STATUS.GRANTED, STATUS.UNAUTHORIZED))
orthanc.RegisterReceivedInstanceCallback(
    decides((ACTION.KEEP_AS_IS, None), (ACTION.DISCARD, None)))
orthanc.RegisterIncomingDicomInstanceFilter(decides(True, False))
orthanc.RegisterIncomingCStoreInstanceFilter(decides(0, 0x0122))
orthanc.RegisterStorageArea3(
    decides((0, b'custom'), (FULL, None)), decides((0, b'some'), (FULL, None)), decides(0, FULL))
orthanc.RegisterFindCallback(works(None))
orthanc.RegisterWorklistCallback(works(None))
orthanc.RegisterMoveCallback2(works(object()), works(1), works(None), works(None))
orthanc.RegisterStorageCommitmentScpCallback(
    decides(object(), object()), decides(REASON.SUCCESS, REASON.NO_SUCH_OBJECT_INSTANCE))
orthanc.RegisterAuditLogHandler(works(None))
"""

# The fake Orthanc's answer where access is granted (callback_kinds_*.cpp), and where it is not.
ALLOWED = {
    "request |rest": "0 200 answer",
    "authentication data": "0 0 ",
    "received data": "1 ",
    "filter data": "1",
    "cstore data": "1 0",
    "storage some data": "0 custom 0 some 0  ",
    "find data": "0 0",
    "worklist data": "0 0",
    "move data": "size 1 0 0",
    "commitment data": "0 0",
    "audit data": "0 ",
}


# Where the result of the script decides
RAISING = ("find data", "worklist data", "move data", "audit data")
DECIDED = [call for call in ALLOWED if call not in RAISING]
UNAUTHORIZED, DISCARD = "1", "3"


def refused(call: str, answer: str) -> bool:
    """Whether nothing is let through, nor reported as done."""
    kind, words = call.split()[0], answer.replace("\0", "").split()
    if kind == "request":
        return words == ["0", "403"]
    if kind == "authentication":
        return words[1:] == [UNAUTHORIZED]
    if kind == "received":
        return words in (["0"], [DISCARD])
    if kind == "filter":
        return words in (["-1"], ["0"])
    if kind == "cstore":
        return words[0] == "0" and words[1] != "0"
    if kind == "move":
        return words == ["refused"] or "0" not in words[2:]
    if kind == "commitment":
        return words[-1] != "0"
    if kind == "storage":
        return len(words) == 3 and all(word.isdigit() and word != "0" for word in words)
    return words != [] and words[0] != "0"


def test_the_script_decides(start: Start) -> None:
    fake = start(SCRIPT)
    answers = {call: fake.command(f"callback {call}")["answer"] for call in ALLOWED}
    assert answers == ALLOWED


def test_nothing_is_let_through_during_a_stop(start: Start) -> None:
    fake = start(SCRIPT)
    fake.command("finalize")
    answers = {call: fake.command(f"callback {call}")["answer"] for call in ALLOWED}
    assert {call: answer for call, answer in answers.items() if not refused(call, answer)} == {}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is Linux's")
def test_nothing_is_let_through_without_memory_for_a_stack(start: Start) -> None:
    fake = start(SCRIPT)
    for call in ALLOWED:
        fake.command(f"callback {call}")
    unlimited = resource.prlimit(fake.pid, resource.RLIMIT_AS)
    used = address_space(fake.pid)
    resource.prlimit(fake.pid, resource.RLIMIT_AS, (used + (4 << 20), unlimited[1]))
    try:
        answers = {call: fake.command(f"small {call}")["answer"] for call in ALLOWED}
    finally:
        resource.prlimit(fake.pid, resource.RLIMIT_AS, unlimited)
    assert "there is no memory for a stack" in fake.log
    assert {call: answer for call, answer in answers.items() if not refused(call, answer)} == {}


@pytest.mark.parametrize("what", ["fail-allocations", "errors"])
def test_nothing_is_let_through_by_a_failure(start: Start, what: str) -> None:
    """Each allocation by Python and each call of Orthanc fails once, alone and with all that
    follow.
    """
    script = SCRIPT.replace("REFUSES = False", "import traceback\n\nREFUSES = True")
    fake = start(script, env={"PYTHONNODEBUGRANGES": "1"})
    wrong = []
    for call in DECIDED:
        for extent in ("one", "all"):
            result = fake.command(f"{what} {extent} {call}")
            answers = result["answers"].splitlines()
            wrong += [(call, answer) for answer in answers if not refused(call, answer)]
    assert wrong == []


@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "KeyboardInterrupt", "MemoryError"])
def test_nothing_is_let_through_by_an_exception(start: Start, error: str) -> None:
    """A callback that raises never grants access, given RefuseInstanceOnException."""
    script = SCRIPT.replace(
        "REFUSES = False", f"REFUSES = False\n\ndef raises(*a, **k):\n    raise {error}"
    )
    for kind in ("decides", "works"):
        script = script.replace(f"def {kind}(", f"def other_{kind}(")
    script = script.replace("STATUS = ", "decides = works = lambda *results: raises\nSTATUS = ", 1)
    fake = start(script, RefuseInstanceOnException=True)
    answers = {call: fake.command(f"callback {call}")["answer"] for call in ALLOWED}
    assert {call: answer for call, answer in answers.items() if not refused(call, answer)} == {}


MALFORMED = ("None", "'text'", "b''", "1.0", "[1]", "(1, 2, 3)", "object()", "99", "1 << 40")


@pytest.mark.parametrize("value", MALFORMED)
def test_nothing_is_let_through_by_a_malformed_result(start: Start, value: str) -> None:
    script = SCRIPT.replace(
        "STATUS = ", f"decides = lambda *results: lambda *a, **k: {value}\nSTATUS = ", 1
    )
    fake = start(script)
    answers = {call: fake.command(f"callback {call}")["answer"] for call in DECIDED}
    assert {call: answer for call, answer in answers.items() if not refused(call, answer)} == {}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key-value stores, queues and stable status, which Orthanc 1.12.8 to 1.12.10 added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers

pytestmark = pytest.mark.chroot

SCRIPT = """
import json
import sys
import orthanc
from recorder import answer, outcome, route


def show(value):
    if isinstance(value, tuple):
        return [show(item) for item in value]
    return value.decode('latin-1') if isinstance(value, bytes) else value


# Each test sends an expression; nothing but the module is in its reach.
@route('/eval')
def evaluate(output, uri, **request):
    names = {'orthanc': orthanc, 'sys': sys, 'list_store': list_store, 'repeat': repeat}
    try:
        value = show(eval(request['body'].decode(), names))
    except Exception as error:
        answer(output, [type(error).__name__, [str(item) for item in error.args]])
    else:
        answer(output, value)


def list_store(store):
    iterator = orthanc.CreateKeysValuesIterator(store)
    items = []
    while iterator.Next():
        items.append([iterator.GetKey(), iterator.GetValue().decode()])
    return [items, iterator.Next(), iterator.GetKey()]


def repeat(function, *arguments):
    for _ in range(10_000):
        function(*arguments)
    return sys.getrefcount(None) > 1000
"""


@pytest.fixture(scope="module")
def run(module_orthanc: Servers) -> Callable[[str], Any]:
    server = module_orthanc(SCRIPT, debian="sid")
    return lambda expression: server.post("/eval", data=expression.encode()).json()


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian="sid")


def test_values_are_stored_read_and_deleted(run: Callable[[str], Any]) -> None:
    assert run("orthanc.GetKeyValue('s1', 'a')") is None
    assert run("orthanc.StoreKeyValue('s1', 'a', b'\\x00one')") is None
    assert run("orthanc.GetKeyValue('s1', 'a')") == "\x00one"
    run("orthanc.StoreKeyValue('s1', 'a', 'two')")
    assert run("orthanc.GetKeyValue('s1', 'a')") == "two"
    assert run("orthanc.GetKeyValue('s2', 'a')") is None
    run("orthanc.DeleteKeyValue('s1', 'a')")
    assert run("orthanc.GetKeyValue('s1', 'a')") is None
    assert run("orthanc.DeleteKeyValue('s1', 'a')") is None


def test_a_store_is_iterated_in_the_order_of_its_keys(run: Callable[[str], Any]) -> None:
    for key in "cab":
        run(f"orthanc.StoreKeyValue('iterated', '{key}', 'value of {key}')")
    items, after, key = run("list_store('iterated')")
    assert items == [["a", "value of a"], ["b", "value of b"], ["c", "value of c"]]
    assert after is False
    assert key is None
    assert run("list_store('empty')")[0] == []


def test_a_missing_key_keeps_the_reference_count_of_none(run: Callable[[str], Any]) -> None:
    assert run("repeat(orthanc.GetKeyValue, 's1', 'missing')") is True
    assert run("repeat(orthanc.DequeueValue, 'missing', 0)") is True
    assert run("repeat(orthanc.ReserveQueueValue, 'missing', 0, 1)") is True


def test_a_queue_gives_its_values_from_both_ends(run: Callable[[str], Any]) -> None:
    assert run("orthanc.GetQueueSize('q')") == 0
    for value in ("1", "2", "3", "4"):
        run(f"orthanc.EnqueueValue('q', '{value}')")
    assert run("orthanc.GetQueueSize('q')") == 4
    assert run("orthanc.DequeueValue('q', orthanc.QueueOrigin.FRONT)") == "1"
    assert run("orthanc.DequeueValue('q', orthanc.QueueOrigin.BACK)") == "4"
    value, identifier = run("orthanc.ReserveQueueValue('q', orthanc.QueueOrigin.FRONT, 600)")
    assert value == "2"
    assert run("orthanc.GetQueueSize('q')") == 2
    assert run("orthanc.ReserveQueueValue('q', orthanc.QueueOrigin.FRONT, 600)")[0] == "3"
    assert run("orthanc.ReserveQueueValue('q', orthanc.QueueOrigin.FRONT, 600)") == [None, None]
    assert run(f"orthanc.AcknowledgeQueueValue('q', {identifier})") is None
    assert run("orthanc.GetQueueSize('q')") == 1
    assert run("orthanc.DequeueValue('empty', orthanc.QueueOrigin.FRONT)") is None


@pytest.mark.parametrize(
    "call",
    [
        "orthanc.AcknowledgeQueueValue('q', 123456)",
        "orthanc.StoreKeyValue('s1', 'a', None)",
        "orthanc.CreateKeysValuesIterator('s1').GetValue()",
    ],
)
def test_errors_are_orthanc_exceptions(run: Callable[[str], Any], call: str) -> None:
    kind, arguments = run(call)
    assert kind == "OrthancException"
    assert int(arguments[0]) > 1
    assert arguments[1]


@pytest.mark.parametrize(
    "call", ["orthanc.ReserveQueueValue('q', 0, -1)", "orthanc.AcknowledgeQueueValue('q', 1 << 64)"]
)
def test_integers_are_range_checked(run: Callable[[str], Any], call: str) -> None:
    assert run(call)[0] in ("OverflowError", "ValueError")


def test_the_script_sets_the_stable_status(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    def run(expression: str) -> Any:
        return server.post("/eval", data=expression.encode()).json()

    series = server.post("/instances", data=dicom_file().read_bytes()).json()["ParentSeries"]
    assert server.get(f"/series/{series}").json()["IsStable"] is False
    assert run(f"orthanc.SetStableStatus('{series}', orthanc.StableStatus.STABLE)") == [0, 1]
    assert server.get(f"/series/{series}").json()["IsStable"] is True
    assert run(f"orthanc.SetStableStatus('{series}', orthanc.StableStatus.STABLE)") == [0, 0]
    # Orthanc itself does not distinguish an unknown resource from an unchanged one.
    assert run("orthanc.SetStableStatus('unknown', orthanc.StableStatus.STABLE)") == [0, 0]


def test_functions_of_the_database_are_not_there_at_start(orthanc: Servers) -> None:
    server = orthanc(
        """
        import json
        import orthanc
        from recorder import outcome, record
        record('get', *outcome(orthanc.GetKeyValue, 'a', 'b'))
        record('size', *outcome(orthanc.GetQueueSize, 'a'))
        record('rest', *outcome(orthanc.RestApiGet, '/system'))
        """,
        debian="sid",
    )
    rows = server.get("/seen").json()
    assert [row[1] for row in rows] == ["OrthancException"] * 3
    assert [row[3][0] for row in rows] == ["2038"] * 3

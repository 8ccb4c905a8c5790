# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Runtime

KEEP, MODIFY, DISCARD = 1, 2, 3  # orthanc.ReceivedInstanceAction


@pytest.fixture
def combine(runtime: Runtime) -> Callable[..., Any]:
    module = runtime("combined_callbacks")

    def combined(kind: str, first: Any, *others: Any) -> Any:
        for other in others:
            first = module.combine(kind, first, other)
        return first

    return combined


def failing(error: BaseException) -> Callable[..., Any]:
    def handler(*values: object) -> None:
        raise error

    return handler


def test_a_third_callable_joins_the_same_combination(combine: Callable[..., Any]) -> None:
    two = combine("Events", print, print)
    assert combine("Events", two, print) is two
    assert len(two.handlers) == 3


def test_events_reach_all_in_order(combine: Callable[..., Any]) -> None:
    calls: list[object] = []
    both = combine("Events", lambda *v: calls.append((1, v)), lambda *v: calls.append((2, v)))
    both("a", "b")
    assert calls == [(1, ("a", "b")), (2, ("a", "b"))]


def test_a_failure_does_not_keep_events_from_the_others(
    runtime: Runtime, combine: Callable[..., Any]
) -> None:
    calls: list[str] = []
    first, second = failing(ValueError("first")), failing(SystemExit("second"))
    with pytest.raises(SystemExit, match="second"):
        combine("Events", first, second, calls.append)("event")
    assert calls == ["event"]
    level, _, _, text = runtime.logged[0]
    assert level == 0
    assert text.startswith("Error in the Python callback ")
    assert "ValueError: first" in text


def test_the_stop_of_orthanc_ends_an_event(runtime: Runtime, combine: Callable[..., Any]) -> None:
    calls: list[str] = []
    stopping = runtime("errors").OrthancStopping
    with pytest.raises(stopping):
        combine("Events", failing(stopping()), calls.append)("event")
    assert calls == []


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (True, True, True),
        (False, True, False),
        (True, False, False),
        (None, True, None),
        (True, 1, 1),
    ],
)
def test_all_filters_must_accept(
    combine: Callable[..., Any], first: object, second: object, expected: object
) -> None:
    assert combine("Filters", lambda uri: first, lambda uri: second)("/uri") is expected


def test_a_failure_of_a_filter_is_no_acceptance(combine: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        combine("Filters", failing(ValueError("on purpose")), lambda uri: True)("/uri")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(0, 0, 0), (0xA700, 0, 0xA700), (0, 0x0110, 0x0110), (True, 0, True), (None, 0, None)],
)
def test_the_first_status_of_a_cstore_filter_refuses(
    combine: Callable[..., Any], first: object, second: object, expected: object
) -> None:
    assert combine("CStoreFilters", lambda i: first, lambda i: second)(object()) is expected


def test_received_instances_pass_through_all(combine: Callable[..., Any]) -> None:
    chain = combine(
        "ReceivedInstances",
        lambda dicom, origin: (MODIFY, bytearray(dicom + b"1")),
        lambda dicom, origin: (KEEP, None),
        lambda dicom, origin: (MODIFY, dicom + b"2"),
        lambda dicom, origin: (KEEP, None),
    )
    assert chain(b"0", 3) == (MODIFY, b"012")


def test_a_discarded_instance_ends_the_chain(combine: Callable[..., Any]) -> None:
    calls: list[bytes] = []
    discard = combine(
        "ReceivedInstances", lambda d, o: (DISCARD, None), lambda d, o: calls.append(d)
    )
    assert discard(b"0", 3) == (DISCARD, None)
    assert calls == []


@pytest.mark.parametrize(
    "wrong", [None, (MODIFY, None), (MODIFY, b""), (MODIFY, "text"), (99, None), (True, None)]
)
def test_a_wrong_result_of_the_chain_is_passed_on(
    combine: Callable[..., Any], wrong: object
) -> None:
    chain = combine("ReceivedInstances", lambda d, o: wrong, lambda d, o: (KEEP, None))
    assert chain(b"0", 3) is wrong


def test_an_exception_keeps_the_changes_of_earlier_callbacks(
    runtime: Runtime, combine: Callable[..., Any]
) -> None:
    handlers = (lambda d, o: (MODIFY, b"anonymous"), failing(ValueError("on purpose")))
    assert combine("ReceivedInstances", *handlers)(b"0", 3) == (MODIFY, b"anonymous")
    assert "ValueError: on purpose" in runtime.logged[0][3]
    with pytest.raises(ValueError, match="on purpose"):
        combine("StrictReceivedInstances", *handlers)(b"0", 3)


@pytest.mark.parametrize("error", [MemoryError(), SystemExit()])
def test_some_exceptions_refuse_the_instance(
    combine: Callable[..., Any], error: BaseException
) -> None:
    chain = combine("ReceivedInstances", failing(error), lambda d, o: (KEEP, None))
    with pytest.raises(type(error)):
        chain(b"0", 3)


def test_the_first_unserializer_that_knows_a_job_restores_it(combine: Callable[..., Any]) -> None:
    chain = combine("JobsUnserializers", lambda t, s: None, lambda t, s: (t, s), failing(OSError()))
    assert chain("type", "{}") == ("type", "{}")


def test_a_failure_of_a_worklist_fails_the_query(combine: Callable[..., Any]) -> None:
    calls: list[object] = []
    both = combine("Worklists", lambda *v: calls.append(v), failing(ValueError("on purpose")))
    with pytest.raises(ValueError, match="on purpose"):
        both("answers", "query")
    assert calls == [("answers", "query")]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The callback that refreshes metrics."""

from __future__ import annotations

import re

import pytest

from orthanc_python.server import Orthanc
from tests.support import dicom
from tests.support.servers import OLDEST_TO_NEWEST, Servers, wait_for

SCRIPT = """
import orthanc
from recorder import answer, outcome, route

count = 0


def refresh():
    global count
    count += 1
    orthanc.SetMetricsValue('script_refreshed', count, orthanc.MetricsType.DEFAULT)
    if count == 2:
        raise ValueError('on purpose')


orthanc.RegisterRefreshMetricsCallback(refresh)


@route('/wrong')
def wrong(output, uri, **request):
    answer(output, [outcome(orthanc.RegisterRefreshMetricsCallback, refresh),
                    outcome(orthanc.RegisterRefreshMetricsCallback, None)])
"""


def test_metrics_are_fresh(orthanc: Servers, where: str | None) -> None:
    server = orthanc(SCRIPT, debian=where, config={"MetricsEnabled": True})
    for count in (1, 2, 3):
        answer = server.get("/tools/metrics-prometheus")
        assert answer.status_code == 200
        assert f"script_refreshed {count}" in answer.text
    server.wait_for_log("Error in the Python callback that refreshes the metrics, traceback:")
    server.wait_for_log("ValueError: on purpose")
    again, wrong = server.get("/wrong").json()
    assert again[0] == "returned"
    assert wrong[0] == "TypeError"
    assert "script_refreshed 5" in server.get("/tools/metrics-prometheus").text  # called twice


@pytest.mark.chroot
def test_whole_numbers_have_64_bits(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import answer, outcome, route

        @route('/set/(.*)')
        def set_metric(output, uri, groups, **request):
            kind = orthanc.MetricsType.DEFAULT
            answer(output, outcome(orthanc.SetMetricsIntegerValue, 'whole', int(groups[0]), kind))
        """,
        debian="sid",
        config={"MetricsEnabled": True},
    )
    for value in (12, -(2**63), 2**63 - 1):
        assert server.get(f"/set/{value}").json() == ["returned", None]
        assert f"whole {value} " in server.get("/tools/metrics-prometheus").text
    assert server.get(f"/set/{2**63}").json()[0] == "OverflowError"


BUILT_IN = """
import threading
import orthanc
from recorder import answer, route

GATE = threading.Event()


@route('/hello')
def hello(output, uri, **request):
    answer(output, 'hello')


@route('/broken')
def broken(output, uri, **request):
    raise ValueError('on purpose')


@route('/open')
def open_gate(output, uri, **request):
    GATE.set()
    answer(output, None)


def on_change(change_type, level, resource_id):
    GATE.wait()


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRefreshMetricsCallback(
    lambda: orthanc.SetMetricsValue('script_own', 7, orthanc.MetricsType.DEFAULT))
"""

everywhere = pytest.mark.parametrize("where", OLDEST_TO_NEWEST, indirect=True)


def read(server: Orthanc) -> dict[str, float]:
    """The metrics of the plugin and of the script, by name."""
    lines = server.get("/tools/metrics-prometheus").text.splitlines()
    pairs = (re.fullmatch(r"(\w+(?:{[^}]*})?) (\S+) \d+", line) for line in lines)
    found = {pair[1]: float(pair[2]) for pair in pairs if pair is not None}
    assert len(found) == len(lines)  # each line is in the format of Prometheus
    ours = ("orthanc_python_", "script_")
    return {name: value for name, value in found.items() if name.startswith(ours)}


def count(server: Orthanc, what: str, callback: str) -> float:
    return read(server)[f'orthanc_python_callback_{what}{{callback="{callback}"}}']


@everywhere
def test_the_plugin_counts_the_calls_of_each_kind(orthanc: Servers, where: str | None) -> None:
    server = orthanc(BUILT_IN, debian=where)
    assert server.get("/hello").ok
    # a response reaches the client before its callback has returned and is counted
    calls = 'orthanc_python_callback_calls_total{callback="rest"}'
    before = wait_for(lambda: read(server).get(calls), "the first call")
    assert before is not None
    for _ in range(3):
        server.get("/hello")
    wait_for(lambda: read(server)[calls] == before + 3, "the next calls")
    for _ in range(2):
        server.get("/broken")
    metrics = read(server)
    rest = {
        what: metrics[f'orthanc_python_callback_{what}{{callback="rest"}}']
        for what in ("calls_total", "errors_total", "seconds_total", "seconds_max")
    }
    assert (rest["calls_total"], rest["errors_total"]) == (before + 5, 2)
    assert 0 < rest["seconds_max"] <= rest["seconds_total"]
    assert metrics["orthanc_python_gil_wait_seconds_total"] > 0
    assert metrics["orthanc_python_gil_wait_seconds_max"] > 0
    assert metrics["orthanc_python_threads"] >= 1
    assert metrics["orthanc_python_resident_memory_bytes"] > 10e6
    assert metrics["script_own"] == 7
    assert not [name for name in metrics if "Error" in name or "preparing" in name]


@everywhere
def test_the_metrics_show_the_queue_of_change_events(orthanc: Servers, where: str | None) -> None:
    server = orthanc(BUILT_IN, debian=where)
    server.post("/instances", data=dicom.encode(dicom.image()))
    wait_for(lambda: read(server)["orthanc_python_change_queue_length"] >= 4)
    server.get("/open")
    wait_for(lambda: read(server)["orthanc_python_change_queue_length"] == 0)
    wait_for(lambda: count(server, "calls_total", "on_change") >= 5, "the end of the last call")


def test_an_option_turns_the_metrics_off(orthanc: Servers, where: str | None) -> None:
    server = orthanc(BUILT_IN, debian=where, config={"Python": {"Metrics": False}})
    server.get("/hello")
    assert read(server) == {"script_own": 7}
    server.get("/open")

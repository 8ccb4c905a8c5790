# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The callback that refreshes metrics."""

from __future__ import annotations

import pytest

from tests.support.servers import Servers

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
    server = orthanc(SCRIPT, suite=where, config={"MetricsEnabled": True})
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


@pytest.mark.suites
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
        suite="sid",
        config={"MetricsEnabled": True},
    )
    for value in (12, -(2**63), 2**63 - 1):
        assert server.get(f"/set/{value}").json() == ["returned", None]
        assert f"whole {value} " in server.get("/tools/metrics-prometheus").text
    assert server.get(f"/set/{2**63}").json()[0] == "OverflowError"

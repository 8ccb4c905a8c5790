# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: log and metrics."""

from __future__ import annotations

import orthanc


def LogInfo() -> None:
    orthanc.LogInfo("Visible with --verbose")


def LogWarning(study: str) -> None:
    orthanc.LogWarning(f"Study {study} has no report")


def LogError() -> None:
    orthanc.LogError("The archive does not answer")


def LogMessage() -> None:
    category, level = orthanc.LogCategory.PLUGINS, orthanc.LogLevel.WARNING
    orthanc.LogMessage("No report", "reports", "reports.py", 17, category, level)


def SetMetricsValue(seconds: float) -> None:
    orthanc.SetMetricsValue("reports_seconds", seconds, orthanc.MetricsType.DEFAULT)


def SetMetricsIntegerValue(queue: list[str]) -> None:
    orthanc.SetMetricsIntegerValue("reports_waiting", len(queue))


def RegisterRefreshMetricsCallback(queue: list[str]) -> None:
    orthanc.RegisterRefreshMetricsCallback(
        lambda: orthanc.SetMetricsIntegerValue("script_queue", len(queue))
    )

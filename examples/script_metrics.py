# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Metrics of the script for Prometheus, computed at each request.

Run:  orthanc-python run examples/script_metrics.py
Try:  curl http://127.0.0.1:8042/tools/metrics-prometheus
"""

from __future__ import annotations

import json
import shutil

import orthanc

STORAGE = json.loads(orthanc.GetConfiguration()).get("StorageDirectory", "OrthancStorage")


def refresh() -> None:
    """Called before each response of /tools/metrics-prometheus, which waits for it."""
    gauge = orthanc.MetricsType.DEFAULT
    orthanc.SetMetricsValue("script_free_gigabytes", shutil.disk_usage(STORAGE).free / 1e9, gauge)
    query = {"Level": "Study", "Query": {"StudyDate": ""}, "Limit": 1000}
    undated = [
        study
        for study in orthanc.rest.post("/tools/find", json={**query, "Expand": True}).json()
        if not study["MainDicomTags"].get("StudyDate")
    ]
    orthanc.SetMetricsValue("script_studies_without_date", len(undated), gauge)


orthanc.RegisterRefreshMetricsCallback(refresh)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run a task at a regular interval, and stop cleanly with Orthanc.

The interval is a setting of orthanc.json, in seconds:

    "Periodic": {"Interval": 60}

Run:  orthanc-python run examples/periodic.py
"""

from __future__ import annotations

import json
import threading

import orthanc

INTERVAL: float = json.loads(orthanc.GetConfiguration()).get("Periodic", {}).get("Interval", 60)
STOP = threading.Event()


def task() -> None:
    statistics = json.loads(orthanc.RestApiGet("/statistics"))
    orthanc.LogWarning(f"Periodic task: {statistics['CountStudies']} studies")


def loop() -> None:
    while True:
        try:
            task()
        except Exception as error:  # after a failure, the next run must still take place
            orthanc.LogError(f"Periodic task: {error!r}")
        if STOP.wait(INTERVAL):
            return


THREAD = threading.Thread(target=loop, name="periodic")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    # The database is not available while Orthanc imports the script: start the thread later.
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        THREAD.start()
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        STOP.set()
        if THREAD.is_alive():
            THREAD.join()
        orthanc.LogWarning("Periodic task: stopped")


orthanc.RegisterOnChangeCallback(on_change)

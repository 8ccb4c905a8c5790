# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A queue of work and a key-value store, both in the database of Orthanc. Needs Orthanc 1.12.10.

Each new study enters a queue. A thread takes the study, counts it, and only then acknowledges it.
A study that was not acknowledged returns to the queue later, even if Orthanc was stopped meanwhile.

Run:  orthanc-python run examples/queues.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
      curl http://127.0.0.1:8042/queue-statistics
"""

from __future__ import annotations

import json
import threading
from typing import Any

import orthanc

QUEUE = "new-studies"
STORE = "studies-by-year"
RELEASE_TIMEOUT = 60  # seconds after which a value that was not acknowledged returns to the queue

WAKE = threading.Event()
STOP = threading.Event()


def count_study(study_id: str) -> None:
    tags = json.loads(orthanc.RestApiGet(f"/studies/{study_id}"))["MainDicomTags"]
    year = tags.get("StudyDate", "")[:4] or "unknown"
    known = orthanc.GetKeyValue(STORE, year)
    orthanc.StoreKeyValue(STORE, year, str(int(known or 0) + 1))


def process_one() -> bool:
    value, value_id = orthanc.ReserveQueueValue(QUEUE, orthanc.QueueOrigin.FRONT, RELEASE_TIMEOUT)
    if value is None or value_id is None:
        return False
    try:
        count_study(value.decode())
    except orthanc.OrthancException as error:
        if error.args[0] != orthanc.ErrorCode.UNKNOWN_RESOURCE:
            raise  # not acknowledged: the queue returns the study again
    orthanc.AcknowledgeQueueValue(QUEUE, value_id)
    return True


def loop() -> None:
    orthanc.SetCurrentThreadName("QUEUE")
    while not STOP.is_set():
        WAKE.clear()
        try:
            while not STOP.is_set() and process_one():
                pass
        except Exception as error:
            orthanc.LogError(f"Queue {QUEUE}: {error!r}")
        WAKE.wait(timeout=RELEASE_TIMEOUT)
    if hasattr(orthanc, "ClearCurrentThreadName"):  # from Orthanc 1.13.0 on
        orthanc.ClearCurrentThreadName()


THREAD = threading.Thread(target=loop, name="queue")


def on_change(change_type: int, resource_type: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        THREAD.start()
    elif change_type == orthanc.ChangeType.NEW_STUDY:
        orthanc.EnqueueValue(QUEUE, resource_id)
        WAKE.set()
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        STOP.set()
        WAKE.set()
        if THREAD.is_alive():
            THREAD.join()


def statistics(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    years = {}
    iterator = orthanc.CreateKeysValuesIterator(STORE)
    while iterator.Next():
        years[iterator.GetKey()] = int(iterator.GetValue())
    answer = {"waiting": orthanc.GetQueueSize(QUEUE), "years": years}
    output.AnswerBuffer(json.dumps(answer), "application/json")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/queue-statistics", statistics)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Change events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.servers import Servers, check_end, seen, wait_for

SCRIPT = """
import json
import orthanc
from recorder import record

NAMES = {getattr(orthanc.ChangeType, n): n for n in dir(orthanc.ChangeType) if n.isupper()}


def on_change(change, level, identifier):
    record(NAMES[change], level, identifier)
    print('EVENT', NAMES[change], level, repr(identifier), flush=True)
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        record('system', json.loads(orthanc.RestApiGet('/system'))['DicomAet'])
    if change == orthanc.ChangeType.NEW_INSTANCE:
        tags = json.loads(orthanc.RestApiGet(f'/instances/{identifier}/simplified-tags'))
        record('tags', tags['PatientID'])
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        system = json.loads(orthanc.RestApiGet('/system'))
        print('STOPPED', system['DicomAet'], flush=True)


orthanc.RegisterOnChangeCallback(on_change)
"""

NONE = 4


def test_the_events_of_an_upload(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT)
    uploaded = server.post("/instances", data=dicom_file("EVENTS").read_bytes()).json()
    wanted = {"tags", "NEW_PATIENT", "NEW_STUDY", "NEW_SERIES", "NEW_INSTANCE"}
    wait_for(lambda: wanted <= {row[0] for row in seen(server)}, "the events")
    rows = seen(server)
    assert ["tags", "EVENTS"] in rows
    assert ["NEW_INSTANCE", 3, uploaded["ID"]] in rows
    events = [row for row in rows if len(row) == 3]
    study = next(row for row in events if row[0] == "NEW_STUDY")
    assert study[1:] == [1, uploaded["ParentStudy"]]


def test_start_and_stop(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    wait_for(lambda: ["system", "ORTHANC"] in seen(server), "ORTHANC_STARTED")
    assert seen(server)[0] == ["ORTHANC_STARTED", NONE, ""]
    server.stop()
    check_end(server)
    assert "EVENT ORTHANC_STOPPED 4 ''" in server.log
    assert "STOPPED ORTHANC" in server.log  # the REST API still works in the last event


def test_events_keep_the_order_of_orthanc(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    server = orthanc(SCRIPT)
    for number in range(20):
        server.post("/instances", data=dicom_file(f"P{number}").read_bytes())
    wait_for(lambda: sum(r[0] == "tags" for r in seen(server)) == 20, "20 instances", 60)
    mine = [tuple(row) for row in seen(server) if row[0] == "NEW_INSTANCE"]
    changes = server.get("/changes?limit=1000").json()["Changes"]
    theirs = [
        ("NEW_INSTANCE", 3, change["ID"])
        for change in changes
        if change["ChangeType"] == "NewInstance"
    ]
    assert mine == theirs


def test_a_deletion_is_an_event(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT)
    uploaded = server.post("/instances", data=dicom_file().read_bytes()).json()
    server.delete(f"/patients/{uploaded['ParentPatient']}")
    wait_for(lambda: ["DELETED", 0, uploaded["ParentPatient"]] in seen(server), "DELETED")


def test_jobs_are_events(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT)
    uploaded = server.post("/instances", data=dicom_file().read_bytes()).json()
    job = server.post(
        f"/studies/{uploaded['ParentStudy']}/anonymize", json={"Asynchronous": True}
    ).json()["ID"]
    wait_for(lambda: ["JOB_SUCCESS", NONE, job] in seen(server), "JOB_SUCCESS")
    wait_for(lambda: ["JOB_SUBMITTED", NONE, job] in seen(server), "JOB_SUBMITTED")


def test_an_exception_does_not_end_the_events(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STARTED:
                raise ValueError('first event')
            print('EVENT', change, flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    server.wait_for_log("Error in the Python on-change callback for .*, traceback:")
    server.wait_for_log(r"Traceback \(most recent call last\):")
    server.wait_for_log("ValueError: first event")
    server.stop()
    assert "EVENT 11" in server.log


def test_all_events_come_on_one_thread(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import record

        local = threading.local()

        def on_change(change, level, identifier):
            local.count = getattr(local, 'count', 0) + 1
            record(threading.get_ident(), local.count)

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    server.post("/instances", data=dicom_file().read_bytes())
    wait_for(lambda: len(seen(server)) >= 4, "4 events")
    rows = seen(server)
    assert len({row[0] for row in rows}) == 1
    assert [row[1] for row in rows] == list(range(1, len(rows) + 1))


def test_a_slow_event_does_not_block_uploads(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    """Events wait in a queue between Orthanc and the script, and do not block Orthanc."""
    server = orthanc(
        """
        import threading
        import orthanc
        from recorder import record, route

        release = threading.Event()

        def on_change(change, level, identifier):
            release.wait()
            record(change)

        orthanc.RegisterOnChangeCallback(on_change)

        @route('/release')
        def on_release(output, uri, **request):
            release.set()
            output.AnswerBuffer('', 'text/plain')
        """
    )
    uploaded = server.post("/instances", data=dicom_file().read_bytes())
    assert uploaded.json()["Status"] == "Success"
    assert seen(server) == []
    server.get("/release")
    wait_for(lambda: [3] in seen(server), "NEW_INSTANCE")


def test_events_during_the_stop(orthanc: Servers) -> None:
    """Events after ORTHANC_STOPPED neither crash nor hang Orthanc."""
    server = orthanc(
        """
        import orthanc

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                for number in range(50):
                    tags = '{"Tags": {"PatientID": "late-%d"}}' % number
                    orthanc.RestApiPost('/tools/create-dicom', tags)
                print('CREATED', flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    server.stop()
    check_end(server)
    assert "CREATED" in server.log


def test_the_last_event_may_cause_changes(orthanc: Servers) -> None:
    """Orthanc holds a recursive lock while it sends the last event, and for each change."""
    server = orthanc(
        """
        import orthanc

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                orthanc.RestApiPut('/modalities/m', '["A", "127.0.0.1", 104]')
                print('CHANGED', flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    server.stop()
    check_end(server)
    assert "CHANGED" in server.log


def test_waiting_events_are_delivered_at_the_stop(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    """Half of StopTimeout is the limit for all waiting events together."""
    server = orthanc(
        """
        import time
        import orthanc

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.NEW_INSTANCE:
                time.sleep(0.2)
                print('DELIVERED', identifier, flush=True)
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                print('LAST', flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """,
        config={"Python": {"StopTimeout": 120}},
    )
    for number in range(8):
        server.post("/instances", data=dicom_file(f"SLOW{number}").read_bytes())
    server.stop()
    check_end(server)
    assert server.log.count("DELIVERED") == 8
    assert server.log.rindex("DELIVERED") < server.log.index("LAST")

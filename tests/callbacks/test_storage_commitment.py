# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Storage commitment: the report that the remote modality receives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, seen, wait_for

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.7"

COMMON = """
import orthanc
from recorder import outcome, record

REASON = orthanc.StorageCommitmentFailureReason
ANSWERS = {
    '1.1': REASON.SUCCESS,
    '1.2': REASON.NO_SUCH_OBJECT_INSTANCE,
    '1.3': REASON.CLASS_INSTANCE_CONFLICT,
    '1.5': None,
    '1.6': 'SUCCESS',
    '1.7': 99,
    '1.8': 1 << 70,
    '1.9': False,
    '1.10': 0x0111,
}


def lookup(sop_class, sop_instance, data):
    record('lookup', sop_class, sop_instance, data)
    if sop_instance == '1.4':
        raise ValueError('lookup failed')
    return ANSWERS[sop_instance]
"""

VERSION_1 = (
    COMMON
    + """
def create(job, transaction, classes, instances, remote_aet, called_aet):
    record('create', transaction, classes, instances, [remote_aet, called_aet])
    if instances == ['1.1', '1.1']:
        raise ValueError('create failed')
    return {'transaction': transaction}


orthanc.RegisterStorageCommitmentScpCallback(create, lookup)
record('second', outcome(orthanc.RegisterStorageCommitmentScpCallback, create, lookup)[0])
"""
)

VERSION_2 = (
    COMMON
    + """
def create(job, transaction, classes, instances, connection):
    record('create', transaction, classes, instances, [
        connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet(),
        connection.GetConnectionRemoteIp(),
    ])


orthanc.RegisterStorageCommitmentScpCallback2(create, lookup)
"""
)


@pytest.fixture
def scp() -> Iterator[peers.Scp]:
    with peers.Scp() as running:
        yield running


def start(orthanc: Servers, scp: peers.Scp, script: str, **options: Any) -> Orthanc:
    config = {"DicomModalities": {"tester": scp.modality()}}
    return orthanc(script, config=config, **options)


def committed(report: tuple[int, Dataset]) -> dict[str, int]:
    """The failure reason of each instance in a report; 0 if it was committed (PS3.4 J.3.3)."""
    _, dataset = report
    result = {}
    for item in dataset.get("ReferencedSOPSequence", []):
        result[str(item.ReferencedSOPInstanceUID)] = 0
    for item in dataset.get("FailedSOPSequence", []):
        result[str(item.ReferencedSOPInstanceUID)] = int(item.FailureReason)
    return result


def ask(server: Orthanc, scp: peers.Scp, *instances: str) -> dict[str, int]:
    status, transaction = peers.request_commitment(server, [(SOP_CLASS, i) for i in instances])
    assert status == 0
    report = scp.reports.get(timeout=60)
    assert report[1].TransactionUID == transaction
    return committed(report)


def test_the_report_has_the_result_of_each_instance(orthanc: Servers, scp: peers.Scp) -> None:
    server = start(orthanc, scp, VERSION_1)
    assert ask(server, scp, "1.1", "1.2", "1.3") == {"1.1": 0, "1.2": 0x0112, "1.3": 0x0119}
    create = next(row for row in seen(server) if row[0] == "create")
    transaction = create[1]
    assert create[2:] == [[SOP_CLASS] * 3, ["1.1", "1.2", "1.3"], ["TESTER", "ORTHANC"]]
    lookups = [row[1:] for row in seen(server) if row[0] == "lookup"]
    data = {"transaction": transaction}
    assert lookups == [[SOP_CLASS, uid, data] for uid in ("1.1", "1.2", "1.3")]
    assert ["second", "RuntimeError"] in seen(server)


@pytest.mark.chroot
def test_the_report_version_2(orthanc: Servers, scp: peers.Scp) -> None:
    server = start(orthanc, scp, VERSION_2, debian="sid")
    assert ask(server, scp, "1.1", "1.2") == {"1.1": 0, "1.2": 0x0112}
    create = next(row for row in seen(server) if row[0] == "create")
    assert create[4] == ["TESTER", "ORTHANC", "127.0.0.1"]


@pytest.mark.parametrize("instance", ["1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "1.10"])
def test_a_failing_lookup_is_never_success(orthanc: Servers, scp: peers.Scp, instance: str) -> None:
    """The modality may delete instances that a report lists as committed."""
    server = start(orthanc, scp, VERSION_1)
    report = ask(server, scp, "1.1", instance)
    assert report["1.1"] == 0
    assert report[instance] == 0x0110  # Processing failure (PS3.3 C.14.1.1)
    server.wait_for_log(
        "Error in the Python storage commitment Lookup callback for the SOP instance .*, traceback:"
    )


def test_a_failing_callback_is_never_success(orthanc: Servers, scp: peers.Scp) -> None:
    server = start(orthanc, scp, VERSION_1)
    status, _ = peers.request_commitment(server, [(SOP_CLASS, "1.1"), (SOP_CLASS, "1.1")])
    server.wait_for_log("Error in the Python storage commitment SCP callback.*traceback:")
    server.wait_for_log("ValueError: create failed")
    assert status == 0

    def outcome() -> str | None:
        """The reported outcome; or the job has failed, and Orthanc sends no report."""
        jobs = server.get("/jobs?expand").json()
        if [job["State"] for job in jobs] == ["Failure"]:
            return "no report"
        return "a report" if not scp.reports.empty() else None

    if wait_for(outcome, "the end of the job") == "a report":
        assert 0 not in committed(scp.reports.get()).values()
    assert ask(server, scp, "1.1") == {"1.1": 0}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOM peers whose AE titles are not UTF-8 are served, and identified by the bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import _config

from orthanc_python.server import Orthanc
from tests.support import peers
from tests.support.servers import Servers, seen, wait_for

COMMON = """
import json
import orthanc
from recorder import answer, outcome, record, route


def size(driver):
    return 1


def apply(driver):
    pass


def on_stored(instance, identifier):
    record('stored', instance.GetInstanceRemoteAet(),
           json.loads(instance.GetInstanceSimplifiedJson())['PatientID'])


def keep(instance):
    record('filter', instance.GetInstanceRemoteAet())
    return 0


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterIncomingCStoreInstanceFilter(keep)
"""

VERSION_1 = (
    COMMON
    + """
def on_find(answers, query, issuer, called):
    record('find', issuer, called, [query.GetFindQueryValue(i) for i in range(2)])


def on_worklist(answers, query, issuer, called):
    record('worklist', issuer, called)


def on_move(**request):
    record('move', request['OriginatorAET'], request['SourceAET'], request['TargetAET'])
    return 1


orthanc.RegisterFindCallback(on_find)
orthanc.RegisterWorklistCallback(on_worklist)
orthanc.RegisterMoveCallback2(on_move, size, apply, apply)
"""
)

VERSION_2 = (
    COMMON
    + """
def who(connection):
    return connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet()


def on_find(answers, query, connection):
    record('find', *who(connection), [query.GetFindQueryValue(i) for i in range(2)])


def on_worklist(answers, query, connection):
    record('worklist', *who(connection))


def on_move(connection, **request):
    record('move', *who(connection), request['TargetAET'])
    return 1


orthanc.RegisterFindCallback2(on_find)
orthanc.RegisterWorklistCallback2(on_worklist)
orthanc.RegisterMoveCallback3(on_move, size, apply, apply)
"""
)

CONFIG = {
    "DicomAlwaysAllowFind": True,
    "DicomAlwaysAllowFindWorklist": True,
    "DicomAlwaysAllowMove": True,
    "DicomCheckCalledAet": False,
}


class RawAet(str):
    """An AE title that is sent in Latin-1; pynetdicom would not send it."""

    def ljust(self, width: Any, fill: str = " ", /) -> RawAet:
        return RawAet(super().ljust(width, fill))

    def encode(self, *_: Any, **__: Any) -> bytes:
        return super().encode("latin-1")


SENT, RECEIVED = RawAet("RÉ1"), "R\udcc91"


@pytest.fixture(autouse=True)
def any_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_config.VALIDATORS, "AE", lambda title: (True, ""))
    monkeypatch.setattr(_config, "CODECS", ("ascii", "latin-1"))


@pytest.fixture(
    scope="module",
    params=[(VERSION_1, None), pytest.param((VERSION_2, "sid"), marks=pytest.mark.chroot)],
    ids=["version 1, here", "version 2, sid"],
)
def server(module_orthanc: Servers, request: pytest.FixtureRequest) -> Orthanc:
    script, debian = request.param
    return module_orthanc(script, debian=debian, config=CONFIG)


def query(patient: str = "Ü1") -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "STUDY"
    dataset.PatientID = patient
    return dataset


def last(server: Orthanc, kind: str) -> list[Any]:
    rows: list[Any] = [row for row in seen(server) if row[0] == kind][-1][1:]
    return rows


def test_find(server: Orthanc) -> None:
    status, _ = peers.find(server, query("P1"), aet=SENT)
    assert status == 0
    assert last(server, "find")[:2] == [RECEIVED, "ORTHANC"]
    assert "P1" in last(server, "find")[2]


def test_worklist(server: Orthanc) -> None:
    status, _ = peers.find(server, query("P1"), aet=SENT, worklist=True)
    assert (status, last(server, "worklist")) == (0, [RECEIVED, "ORTHANC"])


def test_move(server: Orthanc) -> None:
    move = query("P1")
    move.StudyInstanceUID = "1.2.3"
    status, _ = peers.move(server, move, RawAet("TÄ"), aet=SENT)
    assert status == 0
    who = last(server, "move")
    assert who[0] == RECEIVED
    assert who[2] == "T\udcc4"


def test_store(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    assert peers.store(server, dicom_file("P1"), aet=SENT) == [0]
    wait_for(lambda: any(row[0] == "stored" for row in seen(server)), "the notice")
    assert last(server, "filter") == [RECEIVED]
    assert last(server, "stored") == [RECEIVED, "P1"]


def test_a_value_that_is_not_in_the_character_set(server: Orthanc) -> None:
    """Orthanc removes bytes that it cannot decode; the callback is called nevertheless."""
    assert peers.find(server, query("Ü1"), aet=SENT)[0] == 0
    assert any("1" in value for value in last(server, "find")[2])

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other DICOM application entities: they run in the process of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orthanc_python.server import Orthanc
from pydicom.dataset import Dataset
from pynetdicom import AE, StoragePresentationContexts, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityWorklistInformationFind,
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

AET = "PEER"
SUCCESS = 0x0000
PENDING = (0xFF00, 0xFF01)


@contextmanager
def association(server: Orthanc, *abstract_syntaxes: Any) -> Iterator[Association]:
    """An association that this peer has opened to Orthanc."""
    entity = AE(ae_title=AET)
    for syntax in abstract_syntaxes:
        entity.add_requested_context(syntax)
    opened = entity.associate("127.0.0.1", server.dicom_port, ae_title=server.aet)
    assert opened.is_established, "Orthanc refused the association"
    try:
        yield opened
    finally:
        opened.release()


def store(server: Orthanc, dataset: Dataset) -> int:
    """Send by C-STORE; the DIMSE status."""
    with association(server, SecondaryCaptureImageStorage) as opened:
        return int(opened.send_c_store(dataset).Status)


def find(server: Orthanc, query: Dataset) -> list[Dataset]:
    """The answers to a C-FIND of studies."""
    return _find(server, query, StudyRootQueryRetrieveInformationModelFind)


def find_worklist(server: Orthanc, query: Dataset) -> list[Dataset]:
    """The answers to a query of the modality worklist."""
    return _find(server, query, ModalityWorklistInformationFind)


def _find(server: Orthanc, query: Dataset, model: Any) -> list[Dataset]:
    with association(server, model) as opened:
        *pending, last = opened.send_c_find(query, model)
        assert last[0].Status == SUCCESS
        assert all(status.Status in PENDING for status, _ in pending)
        return [answer for _, answer in pending]


def move(server: Orthanc, query: Dataset, target: str) -> Dataset:
    """The final response to a C-MOVE."""
    with association(server, StudyRootQueryRetrieveInformationModelMove) as opened:
        *_, (last, _identifier) = opened.send_c_move(
            query, target, StudyRootQueryRetrieveInformationModelMove
        )
        status: Dataset = last
        return status


class Archive:
    """A peer that keeps what it receives."""

    def __init__(self) -> None:
        self.received: list[str] = []  # SOP instance UIDs
        entity = AE(ae_title=AET)
        entity.supported_contexts = StoragePresentationContexts
        handlers = [(evt.EVT_C_STORE, self._store)]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port: int = self._server.server_address[1]

    def _store(self, event: evt.Event) -> int:
        self.received.append(str(event.request.AffectedSOPInstanceUID))
        return SUCCESS

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

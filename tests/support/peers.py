# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOM applications in the process of the tests, which communicate with Orthanc."""

from __future__ import annotations

import queue
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage, generate_uid
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityWorklistInformationFind,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

from orthanc_python.server import Orthanc, free_port
from orthanc_python.testing.dimse import AET, association, status_of

_COMMIT_INSTANCE = "1.2.840.10008.1.20.1.1"  # the well-known SOP instance of PS3.4 J.3.5


def store(server: Orthanc, *files: Path | Dataset, aet: str = AET) -> list[int]:
    """C-STORE; the status of each instance."""
    datasets = [file if isinstance(file, Dataset) else dcmread(file) for file in files]
    with association(server, SecondaryCaptureImageStorage, aet=aet) as assoc:
        return [status_of(assoc.send_c_store(dataset)) for dataset in datasets]


def find(
    server: Orthanc, query: Dataset, *, worklist: bool = False, aet: str = AET
) -> tuple[int, list[Dataset]]:
    """C-FIND; the final status and the pending answers."""
    model = (
        ModalityWorklistInformationFind if worklist else StudyRootQueryRetrieveInformationModelFind
    )
    with association(server, model, aet=aet) as assoc:
        return _answers(assoc.send_c_find(query, model))


def move(
    server: Orthanc, query: Dataset, target: str = AET, *, aet: str = AET
) -> tuple[int, Dataset]:
    """C-MOVE; the final status and the command set with the numbers of sub-operations."""
    model = StudyRootQueryRetrieveInformationModelMove
    with association(server, model, aet=aet) as assoc:
        last = Dataset()
        for status, _ in assoc.send_c_move(query, target, model):
            last = status
        return status_of(last), last


def _answers(
    responses: Iterable[tuple[Dataset, Dataset | None]],
) -> tuple[int, list[Dataset]]:
    found: list[Dataset] = []
    for status, dataset in responses:
        code = status_of(status)
        if code not in (0xFF00, 0xFF01):
            return code, found
        assert dataset is not None
        found.append(dataset)
    raise ConnectionError("The answers ended without a final status")


class Scp:
    """Receives storage commitment reports (N-EVENT-REPORT)."""

    def __init__(self) -> None:
        self.port = free_port()
        self.reports: queue.Queue[tuple[int, Dataset]] = queue.Queue()

    def __enter__(self) -> Scp:
        ae = AE(ae_title=AET)
        ae.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
        handlers: list[Any] = [(evt.EVT_N_EVENT_REPORT, self._on_report)]
        address = ("127.0.0.1", self.port)
        self._server = ae.start_server(address, block=False, evt_handlers=handlers)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.shutdown()

    def modality(self) -> list[object]:
        """The entry in Orthanc's option DicomModalities."""
        return [AET, "127.0.0.1", self.port]

    def _on_report(self, event: evt.Event) -> tuple[int, None]:
        kind = event.event_type
        assert kind is not None
        self.reports.put((int(kind), event.event_information))
        return 0, None


def request_commitment(server: Orthanc, instances: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """N-ACTION that requests storage commitment; its status and the transaction UID."""
    transaction = generate_uid()
    information = Dataset()
    information.TransactionUID = transaction
    information.ReferencedSOPSequence = []
    for sop_class, sop_instance in instances:
        item = Dataset()
        item.ReferencedSOPClassUID = sop_class
        item.ReferencedSOPInstanceUID = sop_instance
        information.ReferencedSOPSequence.append(item)
    model = StorageCommitmentPushModel
    role = build_role(model, scu_role=True, scp_role=True)
    with association(server, model, ext_neg=[role]) as assoc:
        status, _ = assoc.send_n_action(information, 1, model, _COMMIT_INSTANCE)
        return status_of(status), str(transaction)

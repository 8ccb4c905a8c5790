# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Associations with an Orthanc, and C-STORE over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.association import Association

from ..server import Orthanc

AET = "TESTER"
_TIMEOUT = 60  # seconds


@contextmanager
def association(
    server: Orthanc, *contexts: str | tuple[str, str], aet: str = AET, **options: Any
) -> Iterator[Association]:
    """An association with Orthanc for these abstract syntaxes, or pairs with a transfer syntax."""
    ae = AE(ae_title=aet)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = _TIMEOUT
    for context in contexts:
        ae.add_requested_context(*((context,) if isinstance(context, str) else context))
    assoc = ae.associate("127.0.0.1", server.dicom_port, ae_title=server.aet, **options)
    if not assoc.is_established:
        raise ConnectionError("Orthanc refused the association")
    try:
        yield assoc
    finally:
        if assoc.is_established:
            assoc.release()


def store(server: Orthanc, items: Iterable[Path | Dataset], aet: str = AET) -> list[int]:
    """Send instances in one association; return the status of each C-STORE."""
    datasets = [item if isinstance(item, Dataset) else dcmread(item) for item in items]
    contexts = {(str(each.SOPClassUID), str(each.file_meta.TransferSyntaxUID)) for each in datasets}
    with association(server, *sorted(contexts), aet=aet) as assoc:
        return [status_of(assoc.send_c_store(dataset)) for dataset in datasets]


def status_of(response: Dataset) -> int:
    """The status of a DIMSE response; an empty one means that the peer did not respond."""
    if "Status" not in response:
        raise ConnectionError("No answer: the peer was silent until the timeout, or aborted")
    return int(response.Status)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A DICOM modality in the process of the tests, to which Orthanc sends."""

from __future__ import annotations

import threading
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from ..ports import free_port


class Modality:
    """Accepts C-ECHO and C-STORE, and keeps the instances that it receives.

    `status` is its response to C-STORE: set another one, such as 0xA700 (out of resources), to test
    how a script copes with it. An instance is kept only with status 0.
    """

    def __init__(self, name: str = "modality", aet: str = "MODALITY", port: int = 0) -> None:
        """`name` is the one in Orthanc's `/modalities`; without `port`, a free one is used."""
        self.name = name
        self.aet = aet
        self.port = port or free_port()
        self.status = 0
        self._received: list[Dataset] = []
        self._attempts = 0
        self._changed = threading.Condition()
        self._server: Any = None

    def entry(self) -> list[object]:
        """The value for Orthanc's option `DicomModalities`, and for PUT /modalities/NAME."""
        return [self.aet, "127.0.0.1", self.port]

    def start(self) -> Modality:
        """Listen on the port."""
        ae = AE(ae_title=self.aet)
        ae.add_supported_context(Verification)
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(context.abstract_syntax or "", ALL_TRANSFER_SYNTAXES)
        handlers: list[Any] = [(evt.EVT_C_STORE, self._on_store)]
        self._server = ae.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)
        return self

    def stop(self) -> None:
        """Close the port, and end the associations."""
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def __enter__(self) -> Modality:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def clear(self) -> None:
        """Forget the received instances, and accept again."""
        with self._changed:
            self._received.clear()
            self._attempts = 0
            self.status = 0

    @property
    def received(self) -> list[Dataset]:
        """The received instances, in the order of their arrival."""
        with self._changed:
            return list(self._received)

    @property
    def attempts(self) -> int:
        """The number of C-STORE requests, the refused ones included."""
        with self._changed:
            return self._attempts

    def wait_for_instances(self, count: int = 1, timeout: float = 60) -> list[Dataset]:
        """Wait until `count` instances have arrived, and return all of them."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, timeout):
                raise TimeoutError(
                    f"{len(self._received)} instances instead of {count} arrived at the modality "
                    f"{self.name} within {timeout} s"
                )
            return list(self._received)

    def wait_for_attempts(self, count: int = 1, timeout: float = 60) -> None:
        """Wait until Orthanc has sent `count` C-STORE requests, the refused ones included."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._attempts >= count, timeout):
                raise TimeoutError(
                    f"{self._attempts} C-STORE requests instead of {count} arrived at the modality "
                    f"{self.name} within {timeout} s"
                )

    def _on_store(self, event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        with self._changed:
            self._attempts += 1
            if self.status == 0:
                self._received.append(dataset)
            self._changed.notify_all()
            return self.status

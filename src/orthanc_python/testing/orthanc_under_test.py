# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Orthanc of a test: sends DICOM to it, and waits for its reactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from ..server import Orthanc, OrthancFailed
from .waiting import wait_for

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

T = TypeVar("T")

_END = 10  # seconds that a process needs at most to end after its last response
_LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
_ENDED = ("Success", "Failure")


class OrthancUnderTest(Orthanc):
    """One Orthanc process; see `orthanc_python.server.Orthanc` for requests and the log."""

    def upload(self, item: Path | bytes | Dataset, **options: Any) -> dict[str, Any]:
        """POST a DICOM file or dataset to /instances, and return the response of Orthanc.

        `options` go to `post`, such as `auth`.
        Raises `requests.HTTPError` if Orthanc, or the script, refuses it.
        """
        if isinstance(item, Path):
            item = item.read_bytes()
        elif not isinstance(item, bytes):
            from .dicom import encode

            item = encode(item)
        response = self.post("/instances", data=item, **options)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def store(self, *items: Path | Dataset, aet: str = "TESTER") -> list[int]:
        """Send DICOM files or datasets over C-STORE; return the status of each (0: success)."""
        from .dimse import store

        return store(self, items, aet)

    def wait_until(self, condition: Callable[[], T | None], what: str, timeout: float = 60) -> T:
        """Wait for the first true value of the condition, and return it.

        Raises OrthancFailed at once if the process ends, and TimeoutError after `timeout` seconds.
        """

        def check() -> T | None:
            try:
                value = condition() if self.exit_code is None else None
            except _LOST:
                if self.wait(_END) is None:  # it has closed its ports, but may not have ended yet
                    raise
                value = None
            if not value and self.exit_code is not None:
                message = f"Orthanc ended with exit code {self.exit_code} before {what}"
                raise OrthancFailed(message, self.exit_code, self.log)
            return value

        value = wait_for(check, what, timeout)
        assert value is not None
        return value

    def wait_for_job(self, job: str, timeout: float = 60) -> dict[str, Any]:
        """Wait until the job succeeds or fails, and return the answer of GET /jobs/{id}."""
        last: dict[str, Any] = {}

        def ended() -> dict[str, Any] | None:
            nonlocal last
            response = self.get(f"/jobs/{job}")
            response.raise_for_status()  # an unknown job never ends
            last = response.json()
            return last if last["State"] in _ENDED else None

        try:
            return self.wait_until(ended, f"the end of job {job}", timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; its state is {last}") from None

    def wait_for_change(
        self, change_type: str, resource: str | None = None, timeout: float = 60
    ) -> dict[str, Any]:
        """Wait for the first such entry of GET /changes, e.g. "StableStudy", and return it.

        `resource` is the identifier that Orthanc gives to the patient, study, series or instance.
        """
        changes = self._changes()

        def found() -> dict[str, Any] | None:
            wanted = (
                change
                for change in changes
                if change is None
                or (change["ChangeType"] == change_type and resource in (None, change["ID"]))
            )
            return next(wanted)

        of = "" if resource is None else f" of {resource}"
        return self.wait_until(found, f"the change {change_type}{of}", timeout)

    def wait_for_stable(self, resource: str, timeout: float = 60) -> dict[str, Any]:
        """Wait until a patient, study or series is stable (see Orthanc's option StableAge)."""
        level = self.wait_until(lambda: self._level_of(resource), f"resource {resource}", timeout)
        return self.wait_for_change(f"Stable{level}", resource, timeout)

    def clear(self) -> None:
        """Delete all DICOM resources, changes and exports, and cancel the jobs.

        The state of the script stays.
        """
        for job in self.get("/jobs?expand").json():
            if job["State"] not in _ENDED:
                self.post(f"/jobs/{job['ID']}/cancel", data="")
        for patient in self.get("/patients").json():
            response = self.delete(f"/patients/{patient}")
            if response.status_code != 404:  # its last study may have been deleted meanwhile
                response.raise_for_status()
        for history in ("/changes", "/exports"):
            self.delete(history).raise_for_status()

    def _changes(self) -> Iterator[dict[str, Any] | None]:
        """The changes in their order, and None whenever there is no further one yet."""
        last = 0
        while True:
            answer = self.get("/changes", params={"since": last, "limit": 100}).json()
            yield from answer["Changes"]
            last = answer["Last"]
            if answer["Done"]:
                yield None

    def _level_of(self, resource: str) -> str | None:
        for level in ("Study", "Series", "Patient"):
            plural = {"Study": "studies", "Series": "series", "Patient": "patients"}[level]
            if self.get(f"/{plural}/{resource}").status_code == 200:
                return level
        return None

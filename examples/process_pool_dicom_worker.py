# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The functions that process_pool_dicom.py runs in its worker processes."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

from pydicom import dcmread


def initialize() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def describe(file: bytes) -> dict[str, Any]:
    dataset = dcmread(io.BytesIO(file), stop_before_pixels=True)
    return {
        "patient": str(dataset.get("PatientName", "")),
        "class": dataset.SOPClassUID.name,
        "elements": len(dataset),
        "process": os.getpid(),
    }

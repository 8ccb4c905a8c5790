# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Test scripts in a real Orthanc with pytest: fixtures, a DICOM modality, small DICOM files.

pytest imports this package at its start, so the names below are imported when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dicom import DicomMaker
    from .modality import Modality
    from .orthanc_under_test import OrthancUnderTest
    from .servers import StartOrthanc
    from .waiting import wait_for

__all__ = ["DicomMaker", "Modality", "OrthancUnderTest", "StartOrthanc", "wait_for"]

_MODULES = {
    "DicomMaker": "dicom",
    "Modality": "modality",
    "OrthancUnderTest": "orthanc_under_test",
    "StartOrthanc": "servers",
    "wait_for": "waiting",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)

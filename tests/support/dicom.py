# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small DICOM files, as the package offers them to tests."""

from __future__ import annotations

from orthanc_python.testing.dicom import encode, image

__all__ = ["encode", "image"]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script that receives each stored instance."""

from __future__ import annotations

import orthanc

seen = 0


def on_stored(dicom: orthanc.DicomInstance, instance_id: str) -> None:
    global seen
    seen += dicom.GetInstanceSize() > 0


orthanc.RegisterOnStoredInstanceCallback(on_stored)

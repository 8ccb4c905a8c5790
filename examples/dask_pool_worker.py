# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The function that dask_pool.py runs in its workers."""

from __future__ import annotations

import io
from statistics import fmean

import orthanc
from PIL import Image


def mean(instance_id: str) -> float:
    """The mean of the pixels of an instance, as Orthanc renders them."""
    picture = orthanc.RestApiGet(f"/instances/{instance_id}/preview")
    return fmean(Image.open(io.BytesIO(picture)).convert("L").getdata())

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adds a maximum intensity projection to each CT or MR series, computed by worker processes.

Run:  pip install numpy pydicom
      orthanc-python run examples/series_projection.py
Try:  upload a CT series; a few seconds after its last image (the option "StableAge"), its study has
      one more series
"""

from __future__ import annotations

import json

import numpy
import orthanc

POOL = orthanc.WorkerPool(2)


def project(series_id: str) -> None:
    """Look at the volume from the front, in a worker."""
    volume = orthanc.pixels.volume(series_id)
    if volume.orientation is None:
        return
    axis = int(numpy.argmax(abs(volume.orientation[:, 1])))  # the one from front to back
    brightest = volume.array.max(axis=axis)
    if axis != 0 and volume.orientation[0, 2] > 0:
        brightest = brightest[::-1]  # the head at the top
    capture = orthanc.pixels.secondary_capture(brightest, like=series_id, description="MIP")
    orthanc.RestApiPost("/instances", capture)


@orthanc.on(orthanc.ChangeType.STABLE_SERIES)
def on_stable(change_type: int, level: int, series_id: str) -> None:
    series = json.loads(orthanc.RestApiGet(f"/series/{series_id}"))
    if series["MainDicomTags"].get("Modality") in ("CT", "MR"):  # not the result, which is OT
        POOL.submit(project, series_id)  # the log shows its exceptions

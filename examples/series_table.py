# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Record all received series in a CSV file: modality, station, protocol and parameters.

    "SeriesTable": "/var/lib/orthanc/series.csv"      by default "series.csv"

Run:  pip install pydicom
      orthanc-python run examples/series_table.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path

import orthanc

TABLE = Path(json.loads(orthanc.GetConfiguration()).get("SeriesTable", "series.csv"))
COLUMNS = ["SeriesInstanceUID", "Modality", "StationName", "ProtocolName", "KVP", "RepetitionTime"]
LOCK = threading.Lock()  # instances are stored by several threads
SEEN: set[str] = set()


def read_seen() -> None:
    if TABLE.exists():
        with TABLE.open(newline="", encoding="utf-8") as file:
            SEEN.update(row["SeriesInstanceUID"] for row in csv.DictReader(file))


def on_stored(instance: orthanc.DicomInstance, instance_id: str) -> None:
    dataset = instance.GetDataset(stop_before_pixels=True)  # of pydicom
    row = {name: dataset.get(name, "") for name in COLUMNS}
    with LOCK:
        if row["SeriesInstanceUID"] in SEEN:
            return
        SEEN.add(row["SeriesInstanceUID"])
        new = not TABLE.exists()
        with TABLE.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow(row)


read_seen()
orthanc.RegisterOnStoredInstanceCallback(on_stored)

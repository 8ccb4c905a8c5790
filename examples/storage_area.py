# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keep the files of Orthanc in another place: here a folder, with short subfolders.

    "StorageAreaFolder": "/mnt/archive"          by default "python" in "StorageDirectory"

If the storage can only read whole files, use `RegisterStorageArea(create, read, remove)`.

Run:  orthanc-python run examples/storage_area.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import orthanc


def storage_folder() -> Path:
    configuration = json.loads(orthanc.GetConfiguration())
    default = Path(configuration.get("StorageDirectory", "OrthancStorage")) / "python"
    return Path(configuration.get("StorageAreaFolder", default))


FOLDER = storage_folder()


def path_of(uuid: str, content_type: int) -> Path:
    # The type distinguishes DICOM files from other attachments.
    return FOLDER / uuid[:2] / f"{uuid}.{content_type}"


def create(uuid: str, content_type: int, data: bytes) -> None:
    path = path_of(uuid, content_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file gets its name only once it is complete and on the disk.
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read(uuid: str, content_type: int) -> bytes:
    return path_of(uuid, content_type).read_bytes()


def read_range(uuid: str, content_type: int, range_start: int, size: int) -> bytes:
    """Called, for example, for the tags of a DICOM file, which come before its pixels."""
    with path_of(uuid, content_type).open("rb") as file:
        file.seek(range_start)
        return file.read(size)


def remove(uuid: str, content_type: int) -> None:
    path_of(uuid, content_type).unlink(missing_ok=True)


orthanc.RegisterStorageArea2(create, read, read_range, remove)

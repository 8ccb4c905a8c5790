# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keep the files under names that people understand. Needs Orthanc 1.12.8.

Each file goes to <patient>/<study>/<uuid>. Orthanc keeps that path as the custom data of the
attachment and passes it to each read, even if the tags have changed since.

    "StorageAreaFolder": "/mnt/archive"          by default "python" in "StorageDirectory"

Run:  orthanc-python run examples/storage_area_3.py
Try:  curl http://127.0.0.1:8042/instances --data-binary @image.dcm
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import orthanc


def storage_folder() -> Path:
    configuration = json.loads(orthanc.GetConfiguration())
    default = Path(configuration.get("StorageDirectory", "OrthancStorage")) / "python"
    return Path(configuration.get("StorageAreaFolder", default))


FOLDER = storage_folder()


def safe(name: str) -> str:
    """A folder name from a DICOM value, which may be any text, even "../.."."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "unknown"


def choose_path(uuid: str, content_type: int, instance: orthanc.DicomInstance | None) -> str:
    if instance is None or content_type != orthanc.ContentType.DICOM:
        return f"attachments/{uuid}"
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    return f"{safe(tags.get('PatientID', ''))}/{safe(tags.get('StudyInstanceUID', ''))}/{uuid}.dcm"


def create(
    uuid: str,
    content_type: int,
    compression_type: int,
    content: bytes,
    instance: orthanc.DicomInstance | None,
) -> tuple[int, bytes | None]:
    relative = choose_path(uuid, content_type, instance)
    path = FOLDER / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return orthanc.ErrorCode.SUCCESS, relative.encode()


def read_range(
    uuid: str, content_type: int, range_start: int, size: int, custom_data: bytes
) -> tuple[int, bytes]:
    try:
        with (FOLDER / custom_data.decode()).open("rb") as file:
            file.seek(range_start)
            return orthanc.ErrorCode.SUCCESS, file.read(size)
    except FileNotFoundError:
        return orthanc.ErrorCode.INEXISTENT_FILE, b""


def remove(uuid: str, content_type: int, custom_data: bytes) -> int:
    (FOLDER / custom_data.decode()).unlink(missing_ok=True)
    return orthanc.ErrorCode.SUCCESS


orthanc.RegisterStorageArea3(create, read_range, remove)

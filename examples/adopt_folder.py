# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Make the files of a folder known to Orthanc without copying them. Needs Orthanc 1.12.8.

Orthanc indexes and reads the files in that folder. Orthanc writes new files into another
folder. Deleting an instance in Orthanc does not delete an adopted file.

    "Adopt": {"Folder": "/mnt/archive"}          the folder, with the folders below it

Run:  orthanc-python run examples/adopt_folder.py
Try:  curl http://127.0.0.1:8042/adopt -X POST
      curl http://127.0.0.1:8042/jobs?expand
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orthanc

CONFIGURATION: dict[str, Any] = json.loads(orthanc.GetConfiguration())
ARCHIVE = Path(CONFIGURATION.get("Adopt", {}).get("Folder", "archive"))
OWN = Path(CONFIGURATION.get("StorageDirectory", "OrthancStorage")) / "python"


def place(custom_data: bytes) -> Path:
    """The file of an attachment; the custom data names it: "adopted/..." or "own/..."."""
    kind, _, name = custom_data.decode().partition("/")
    return (ARCHIVE if kind == "adopted" else OWN) / name


def create(
    uuid: str,
    content_type: int,
    compression_type: int,
    content: bytes,
    instance: orthanc.DicomInstance | None,
) -> tuple[int, bytes | None]:
    OWN.mkdir(parents=True, exist_ok=True)
    (OWN / uuid).write_bytes(content)
    return orthanc.ErrorCode.SUCCESS, f"own/{uuid}".encode()


def read_range(
    uuid: str, content_type: int, range_start: int, size: int, custom_data: bytes
) -> tuple[int, bytes]:
    try:
        with place(custom_data).open("rb") as file:
            file.seek(range_start)
            return orthanc.ErrorCode.SUCCESS, file.read(size)
    except FileNotFoundError:
        return orthanc.ErrorCode.INEXISTENT_FILE, b""


def remove(uuid: str, content_type: int, custom_data: bytes) -> int:
    if custom_data.startswith(b"own/"):
        place(custom_data).unlink(missing_ok=True)
    return orthanc.ErrorCode.SUCCESS


@orthanc.job
def adopt(job: orthanc.BaseJob) -> Iterator[float]:
    """Adopt each file of the folder; count and skip files that are not DICOM."""
    if not ARCHIVE.is_dir():
        raise NotADirectoryError(f"There is no folder {ARCHIVE.absolute()}")
    files = sorted(path for path in ARCHIVE.rglob("*") if path.is_file())
    counts = {"Adopted": 0, "Known": 0, "NoDicom": 0}
    for done, path in enumerate(files, 1):
        name = path.relative_to(ARCHIVE).as_posix()
        try:
            _, _, status = orthanc.AdoptDicomInstance(path.read_bytes(), f"adopted/{name}")
        except orthanc.OrthancException:
            counts["NoDicom"] += 1
        else:
            counts["Adopted" if status == orthanc.StoreStatus.SUCCESS else "Known"] += 1
        job.content.update(counts)
        yield done / len(files)


def on_adopt(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    output.AnswerBuffer(adopt().submit(), "text/plain")


orthanc.RegisterStorageArea3(create, read_range, remove)
orthanc.RegisterRestCallback("/adopt", on_adopt)

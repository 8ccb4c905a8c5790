# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: storage."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import orthanc


def RegisterStorageArea() -> None:
    folder = Path("/var/lib/orthanc/attachments")

    def create(uuid, content_type, data):
        (folder / uuid).write_bytes(data)

    def read(uuid, content_type):
        return (folder / uuid).read_bytes()

    def remove(uuid, content_type):
        (folder / uuid).unlink()

    orthanc.RegisterStorageArea(create, read, remove)


def RegisterStorageArea2(
    create: orthanc.StorageCreateCallback,
    read: orthanc.StorageReadCallback,
    remove: orthanc.StorageRemoveCallback,
) -> None:
    def read_range(uuid, content_type, range_start, size):
        with open(f"/var/lib/orthanc/attachments/{uuid}", "rb") as file:
            file.seek(range_start)
            return file.read(size)

    orthanc.RegisterStorageArea2(create, read, read_range, remove)


def RegisterStorageArea3(
    folder: Path, create: orthanc.StorageCreateCallback2, remove: orthanc.StorageRemoveCallback2
) -> None:
    def read(uuid, content_type, range_start, size, custom_data):
        with open(folder / uuid, "rb") as file:
            file.seek(range_start)
            return orthanc.ErrorCode.SUCCESS, file.read(size)

    orthanc.RegisterStorageArea3(create, read, remove)


def StorageArea_Create(area: orthanc.StorageArea, uuid: str, dicom: bytes) -> None:
    area.Create(uuid, dicom, len(dicom), orthanc.ContentType.DICOM)


def StorageArea_Read(area: orthanc.StorageArea, uuid: str) -> None:
    dicom = area.Read(uuid, orthanc.ContentType.DICOM)


def StorageArea_ReconstructMainDicomTags(area: orthanc.StorageArea) -> None:
    area.ReconstructMainDicomTags(orthanc.ResourceType.STUDY)


def StorageArea_Remove(area: orthanc.StorageArea, uuid: str) -> None:
    area.Remove(uuid, orthanc.ContentType.DICOM)


def GetAttachmentCustomData(uuid: str) -> None:
    place = orthanc.GetAttachmentCustomData(uuid).decode()


def SetAttachmentCustomData(uuid: str) -> None:
    orthanc.SetAttachmentCustomData(uuid, "bucket-2/archive")


def GetKeyValue() -> None:
    last = orthanc.GetKeyValue("my-script", "last-study")
    if last is not None:
        orthanc.LogInfo(f"Continue after {last.decode()}")


def StoreKeyValue(study: str) -> None:
    orthanc.StoreKeyValue("my-script", "last-study", study)


def DeleteKeyValue() -> None:
    orthanc.DeleteKeyValue("my-script", "last-study")


def CreateKeysValuesIterator() -> None:
    walk = orthanc.CreateKeysValuesIterator("my-script")
    while walk.Next():
        print(walk.GetKey(), walk.GetValue())


def KeysValuesIterator_GetKey(walk: orthanc.KeysValuesIterator) -> None:
    keys = []
    while walk.Next():
        keys.append(walk.GetKey())


def KeysValuesIterator_GetValue(walk: orthanc.KeysValuesIterator) -> None:
    values = {}
    while walk.Next():
        values[walk.GetKey()] = walk.GetValue()


def KeysValuesIterator_Next(walk: orthanc.KeysValuesIterator) -> None:
    while walk.Next():
        print(walk.GetKey(), walk.GetValue())


def EnqueueValue(study: str) -> None:
    orthanc.EnqueueValue("to-send", study)


def DequeueValue() -> None:
    while (study := orthanc.DequeueValue("to-send", orthanc.QueueOrigin.FRONT)) is not None:
        orthanc.RestApiPost("/modalities/archive/store", study)


def ReserveQueueValue() -> None:
    study, identifier = orthanc.ReserveQueueValue("to-send", orthanc.QueueOrigin.FRONT, 60)
    if identifier is not None:
        orthanc.RestApiPost("/modalities/archive/store", study)
        orthanc.AcknowledgeQueueValue("to-send", identifier)


def AcknowledgeQueueValue(process: Callable[[bytes], None]) -> None:
    value, identifier = orthanc.ReserveQueueValue("to-send", orthanc.QueueOrigin.FRONT, 60)
    if value is not None and identifier is not None:
        process(value)
        orthanc.AcknowledgeQueueValue("to-send", identifier)


def GetQueueSize() -> None:
    waiting = orthanc.GetQueueSize("to-send")


def GetGlobalProperty() -> None:
    state = orthanc.GetGlobalProperty(1025, "new")


def SetGlobalProperty() -> None:
    orthanc.SetGlobalProperty(1025, "migrated")

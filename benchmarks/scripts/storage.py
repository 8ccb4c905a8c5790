# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A storage area in Python that does the same as the one in native.cpp."""

from __future__ import annotations

import os

import orthanc

FOLDER = os.environ["BENCHMARK_STORAGE"]


def create(uuid: str, content_type: int, data: bytes) -> None:
    with open(os.path.join(FOLDER, uuid), "wb") as file:
        file.write(data)


def read(uuid: str, content_type: int) -> bytes:
    with open(os.path.join(FOLDER, uuid), "rb") as file:
        return file.read()


def remove(uuid: str, content_type: int) -> None:
    os.remove(os.path.join(FOLDER, uuid))


orthanc.RegisterStorageArea(create, read, remove)

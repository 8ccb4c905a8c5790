# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The script that the smoke test runs inside Orthanc; the route /smoke returns its observations."""

from __future__ import annotations

import importlib
import json
import os
import sys
import sysconfig
from typing import Any

import orthanc
import smoke_package  # type: ignore[import-not-found]

EXTENSIONS = ("_ctypes", "_ssl", "_decimal", "_sqlite3", "_json", "_random", "math")
received: list[dict[str, Any]] = []
answers: list[str] = []


def extension() -> str | None:
    """A module of the standard library that is a separate shared library, and so needs libpython.

    Some Pythons have most of them built in.
    """
    for name in EXTENSIONS:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            if "symbol" in str(error):
                raise
            continue
        path: str | None = getattr(module, "__file__", None)
        if path is not None:
            return path
    return None


def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    answers.append(uri)
    answer = {
        "version": sys.version.split()[0],
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "prefix": os.path.realpath(sys.prefix),
        "executable": sys.executable,
        "extension": EXTENSION,
        "package": os.path.realpath(smoke_package.__file__),
        "imported": [importlib.import_module(name).__name__ for name in PACKAGES],
        "received": received,
        "answers": len(answers),
    }
    output.AnswerBuffer(json.dumps(answer), "application/json")


def on_stored(dicom: orthanc.DicomInstance, instance_id: str) -> None:
    tags = json.loads(dicom.GetInstanceSimplifiedJson())
    size = len(bytes(dicom.GetInstanceData()))
    received.append({"id": instance_id, "patient": tags["PatientID"], "size": size})


def on_change(change_type: int, level: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("smoke: stopped")


EXTENSION = extension()
PACKAGES = [name for name in os.environ.get("SMOKE_PACKAGES", "").split(",") if name]
for package in PACKAGES:
    importlib.import_module(package)
orthanc.RegisterRestCallback("/smoke", on_rest)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning("smoke: loaded")

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A WebDAV folder that shows the PDF documents in Orthanc, by patient, and accepts text notes.

Connect a file manager to http://127.0.0.1:8042/documents. Encapsulated PDF documents are in one
folder for each patient. To show how writing works, files put into "notes" are kept in memory.

Run:  orthanc-python run examples/webdav_folders.py
Try:  curl -X PROPFIND -H "Depth: 1" http://127.0.0.1:8042/documents
      curl -T note.txt http://127.0.0.1:8042/documents/notes/note.txt
      curl http://127.0.0.1:8042/documents/notes/note.txt
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Union

import orthanc

Path = tuple[str, ...]
Item = Union[orthanc.WebDavFile, orthanc.WebDavFolder]

PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"


def documents() -> dict[str, dict[str, str]]:
    """Patient -> name of the file -> identifier of the instance."""
    query = {"Level": "Instance", "Expand": True, "Query": {"SOPClassUID": PDF_STORAGE}}
    found: dict[str, dict[str, str]] = {}
    for instance in json.loads(orthanc.RestApiPost("/tools/find", json.dumps(query))):
        tags = json.loads(orthanc.RestApiGet(f"/instances/{instance['ID']}/simplified-tags"))
        folder = found.setdefault(tags.get("PatientID") or "unknown", {})
        folder[f"{tags['SOPInstanceUID']}.pdf"] = instance["ID"]
    return found


class Documents:
    def __init__(self) -> None:
        self.notes: dict[str, bytes] = {}

    def list_folder(self, path: Path) -> Iterable[Item] | None:
        if path == ():
            return [orthanc.WebDavFolder(name) for name in ("notes", *documents())]
        if path == ("notes",):
            return [orthanc.WebDavFile(name, len(text)) for name, text in self.notes.items()]
        patient = documents().get(path[0]) if len(path) == 1 else None
        if patient is None:
            return None
        # The size is unknown until the file is read; most programs accept 0.
        return [orthanc.WebDavFile(name) for name in patient]

    def retrieve_file(self, path: Path) -> bytes | None:
        if len(path) != 2:
            return None
        folder, name = path
        if folder == "notes":
            return self.notes.get(name)
        instance = documents().get(folder, {}).get(name)
        return orthanc.RestApiGet(f"/instances/{instance}/pdf") if instance else None

    def store_file(self, path: Path, data: bytes) -> bool:
        if path[:-1] != ("notes",):
            return False  # only "notes" is writable
        self.notes[path[1]] = data
        return True

    def delete_item(self, path: Path) -> bool:
        return path[:-1] == ("notes",) and self.notes.pop(path[1], None) is not None


orthanc.RegisterWebDavCollection("/documents", Documents())

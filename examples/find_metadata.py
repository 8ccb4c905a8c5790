# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Search by metadata: `/tools/find` accepts one more field, "Metadata".

Each entry is a regular expression that must match somewhere in the value of that metadata. The
search reads the metadata of each resource that matches the DICOM tags.

Run:  orthanc-python run examples/find_metadata.py
Try:  curl http://127.0.0.1:8042/tools/find \
        -d '{"Level": "Study", "Query": {}, "Expand": true, "Metadata": {"LastUpdate": "^2026"}}'
"""

from __future__ import annotations

import json
import re
from typing import Any

import orthanc

COLLECTIONS = {
    "Patient": "patients",
    "Study": "studies",
    "Series": "series",
    "Instance": "instances",
}


def read_metadata(resource: dict[str, Any]) -> dict[str, str] | None:
    """The metadata of a resource, or None if it was deleted in the meantime."""
    collection = COLLECTIONS[resource["Type"]]
    try:
        answer = orthanc.RestApiGet(f"/{collection}/{resource['ID']}/metadata?expand")
    except orthanc.OrthancException as error:
        if error.args[0] == orthanc.ErrorCode.UNKNOWN_RESOURCE:
            return None
        raise
    metadata: dict[str, str] = json.loads(answer)
    return metadata


def find(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    query = json.loads(request["body"])
    expand = query.get("Expand", False)
    try:
        patterns = {name: re.compile(text) for name, text in query.pop("Metadata", {}).items()}
    except re.error as error:
        output.SendHttpStatus(400, f"Metadata: {error}\n")
        return

    # Always "Expand": the search needs the type of each resource.
    answers: list[dict[str, Any] | str] = []
    for resource in json.loads(
        orthanc.RestApiPost("/tools/find", json.dumps({**query, "Expand": True}))
    ):
        metadata = read_metadata(resource)
        if metadata is None:
            continue
        if all(pattern.search(metadata.get(name, "")) for name, pattern in patterns.items()):
            answers.append({**resource, "Metadata": metadata} if expand else resource["ID"])
    output.AnswerBuffer(json.dumps(answers, indent=2), "application/json")


orthanc.RegisterRestCallback("/tools/find", find)

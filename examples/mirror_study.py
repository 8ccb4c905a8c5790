# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send HTTP requests to Orthanc and one of its peers: copy a study that the peer lacks.

The script needs no port, password or token: "OrthancPeers" has those for the peer.

    "OrthancPeers": {"archive": ["http://127.0.0.1:8043/", "user", "password"]}

Run:  orthanc-python run examples/mirror_study.py --config orthanc.json
Try:  curl -X POST http://127.0.0.1:8042/mirror/archive/ID-OF-STUDY
"""

from __future__ import annotations

import json
from typing import Any

import orthanc


def mirror(peer_name: str, study_id: str) -> dict[str, Any]:
    # An unknown study and an error response of the peer raise the same exception.
    study = orthanc.rest.get(f"/studies/{study_id}").raise_for_status().json()
    uid = study["MainDicomTags"]["StudyInstanceUID"]
    peer = orthanc.peer(peer_name)
    found = peer.post("/tools/lookup", uid, timeout=10).raise_for_status().json()
    if any(item["Type"] == "Study" for item in found):
        return {"Copied": False, "Peer": peer.get("/system").json()["Name"]}
    orthanc.rest.post(f"/peers/{peer_name}/store", study_id).raise_for_status()
    return {"Copied": True, "Peer": peer.get("/system").json()["Name"]}


def on_rest(
    output: orthanc.RestOutput, uri: str, *, method: str, groups: tuple[str, ...], **request: Any
) -> None:
    if method != "POST":
        output.SendMethodNotAllowed("POST")
        return
    output.AnswerBuffer(json.dumps(mirror(*groups)), "application/json")


orthanc.RegisterRestCallback("/mirror/(.*)/(.*)", on_rest)

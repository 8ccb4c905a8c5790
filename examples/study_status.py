# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Follow the studies that arrive, with functions for events and routes.

Run:  orthanc-python run examples/study_status.py
Try:  curl http://127.0.0.1:8042/arrivals
      curl http://127.0.0.1:8042/arrivals/ID
      curl -X PUT http://127.0.0.1:8042/arrivals/ID -d '{"state": "reported"}'
      curl http://127.0.0.1:8042/arrivals.csv
"""

from __future__ import annotations

from collections.abc import Iterator

import orthanc

states: dict[str, str] = {}


@orthanc.on(orthanc.ChangeType.NEW_STUDY, orthanc.ChangeType.STABLE_STUDY)
def on_study(change_type: int, level: int, study: str) -> None:
    states[study] = "complete" if change_type == orthanc.ChangeType.STABLE_STUDY else "arriving"


@orthanc.on(orthanc.ChangeType.DELETED)
def on_deleted(change_type: int, level: int, resource: str) -> None:
    states.pop(resource, None)


@orthanc.route("/arrivals")
def list_studies(request: orthanc.Request) -> dict[str, str]:
    return states


@orthanc.route("/arrivals/([^/]+)")
def get_state(request: orthanc.Request, study: str) -> dict[str, str]:
    if study not in states:
        raise orthanc.HttpError(404, f"No study {study}")
    return {"study": study, "state": states[study]}


@orthanc.route("/arrivals/([^/]+)", methods=["PUT"])
def set_state(request: orthanc.Request, study: str) -> None:
    if study not in states:
        raise orthanc.HttpError(404, f"No study {study}")
    states[study] = str(request.json().get("state", ""))


@orthanc.route("/arrivals.csv")
def table(request: orthanc.Request) -> Iterator[str]:
    yield "study,state\n"
    for study, state in sorted(states.items()):
        yield f"{study},{state}\n"

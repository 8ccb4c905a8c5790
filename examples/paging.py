# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Return the studies page by page, sorted by date.

Run:  orthanc-python run examples/paging.py
Try:  curl http://127.0.0.1:8042/sort-studies
      curl 'http://127.0.0.1:8042/sort-studies?offset=2&limit=2'
"""

from __future__ import annotations

import json
from typing import Any

import orthanc


def study_date(study: dict[str, Any]) -> str:
    date: str = study["MainDicomTags"].get("StudyDate", "")  # YYYYMMDD: sorts as text
    return date


def sort_studies(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    try:
        offset = int(request["get"].get("offset", "0"))
        limit = int(request["get"].get("limit", "0"))
        if offset < 0 or limit < 0:
            raise ValueError
    except ValueError:
        output.SendHttpStatus(400, "offset and limit: whole numbers from 0 are expected\n")
        return

    studies = sorted(json.loads(orthanc.RestApiGet("/studies?expand")), key=study_date)
    end = offset + limit if limit else None  # no limit: to the end
    output.AnswerBuffer(json.dumps(studies[offset:end]), "application/json")


orthanc.RegisterRestCallback("/sort-studies", sort_studies)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Catch the errors of Orthanc, and respond with errors of the script.

An error of Orthanc is an `OrthancException` whose arguments are a code, one of `ErrorCode`, and
a text. An exception that leaves a route sets the HTTP status: UNKNOWN_RESOURCE gives 404.

Run:  orthanc-python run examples/error_handling.py
Try:  curl -i http://127.0.0.1:8042/age-in-days/STUDY-ID
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import orthanc


def get_study(study_id: str) -> dict[str, Any]:
    try:
        study: dict[str, Any] = json.loads(orthanc.RestApiGet(f"/studies/{study_id}"))
    except orthanc.OrthancException as error:
        code, text = error.args
        orthanc.LogWarning(f"Study {study_id}: {text} (error {code})")
        raise
    return study


def age_in_days(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (study_id,) = request["groups"]
    study_date = get_study(study_id)["MainDicomTags"].get("StudyDate", "")
    try:
        day = datetime.strptime(study_date, "%Y%m%d").date()
    except ValueError:
        output.SetHttpErrorDetails(f"The study has no usable date: {study_date!r}", False)
        raise orthanc.OrthancException(
            orthanc.ErrorCode.INEXISTENT_TAG, "StudyDate is missing or wrong"
        ) from None
    answer = {"days": (date.today() - day).days}
    output.AnswerBuffer(json.dumps(answer), "application/json")


orthanc.RegisterRestCallback("/age-in-days/([^/]+)", age_in_days)

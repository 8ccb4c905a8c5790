# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Add a button to the page of a study in Orthanc Explorer; the button calls a route in Python.

explorer_button.js runs in the browser.

Run:  orthanc-python run examples/explorer_button.py
Try:  open http://127.0.0.1:8042/app/explorer.html, a patient, a study: "Count the instances"
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orthanc


def count_instances(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (study_id,) = request["groups"]
    statistics = json.loads(orthanc.RestApiGet(f"/studies/{study_id}/statistics"))
    answer = {"instances": statistics["CountInstances"], "series": statistics["CountSeries"]}
    output.AnswerBuffer(json.dumps(answer), "application/json")


orthanc.RegisterRestCallback("/studies/([^/]+)/count-instances", count_instances)
orthanc.ExtendOrthancExplorer(
    Path(__file__).with_name("explorer_button.js").read_text(encoding="utf-8")
)

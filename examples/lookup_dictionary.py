# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Look a tag up in the DICOM dictionary of Orthanc, by keyword or by number.

Run:  orthanc-python run examples/lookup_dictionary.py
Try:  curl http://127.0.0.1:8042/dictionary/PatientID
      curl http://127.0.0.1:8042/dictionary/0010,0020
"""

from __future__ import annotations

import json
from typing import Any

import orthanc

# Enumerations are classes whose public attributes are their members.
VALUE_REPRESENTATIONS = {
    int(value): name
    for name, value in vars(orthanc.ValueRepresentation).items()
    if not name.startswith("_")
}


def dictionary(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (name,) = request["groups"]
    try:
        entry = orthanc.LookupDictionary(name)
    except TypeError:
        output.SendHttpStatus(404, f"Unknown tag: {name}\n")
        return
    group, element = entry["Group"], entry["Element"]
    answer = {
        "tag": f"{group:04x},{element:04x}",
        "name": orthanc.GetTagName(group, element, ""),
        "vr": VALUE_REPRESENTATIONS[entry["ValueRepresentation"]],
        "multiplicity": [entry["MinMultiplicity"], entry["MaxMultiplicity"]],  # 0: no limit
    }
    output.AnswerBuffer(json.dumps(answer), "application/json")


orthanc.RegisterRestCallback("/dictionary/(.+)", dictionary)

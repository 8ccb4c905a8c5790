# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answer C-FIND queries from another source than the database of Orthanc.

Here the source is a short list; it could be an information system of the hospital.

Run:  orthanc-python run examples/find_scp.py --config examples/orthanc.json
Try:  findscu -S -aet PEER -aec ORTHANC 127.0.0.1 4242 \
        -k QueryRetrieveLevel=STUDY -k PatientName='*' -k PatientID -k StudyDescription
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import orthanc

STUDIES = [
    {"PatientID": "1001", "PatientName": "Curie^Marie", "StudyDescription": "CHEST"},
    {"PatientID": "1002", "PatientName": "Lovelace^Ada", "StudyDescription": "HEAD"},
]


def read_query(query: orthanc.FindQuery) -> dict[str, str]:
    """The keys of the query, by the keyword of their tag. An empty value requests the tag."""
    return {
        query.GetFindQueryTagName(index): query.GetFindQueryValue(index)
        for index in range(query.GetFindQuerySize())
    }


def matches(study: dict[str, str], keys: dict[str, str]) -> bool:
    """Wildcard matching (DICOM PS3.4 C.2.2.2.4) on the tags that the studies have."""
    return all(
        fnmatchcase(study[name].upper(), value.upper())
        for name, value in keys.items()
        if value and name in study
    )


def answer_query(answers: orthanc.FindAnswers, query: orthanc.FindQuery, remote_aet: str) -> None:
    keys = read_query(query)
    orthanc.LogWarning(f"C-FIND from {remote_aet}: {json.dumps(keys)}")
    for study in STUDIES:
        if matches(study, keys):
            answer = {name: study.get(name, "") for name in keys}
            answer["QueryRetrieveLevel"] = keys.get("QueryRetrieveLevel", "STUDY")
            # No image, and no generated identifiers
            dicom = orthanc.CreateDicom(json.dumps(answer), None, orthanc.CreateDicomFlags.NONE)
            answers.FindAddAnswer(dicom)


def on_find(
    answers: orthanc.FindAnswers, query: orthanc.FindQuery, remote_aet: str, called_aet: str
) -> None:
    answer_query(answers, query, remote_aet)


def on_find_2(
    answers: orthanc.FindAnswers, query: orthanc.FindQuery, connection: orthanc.DicomConnection
) -> None:
    answer_query(answers, query, connection.GetConnectionRemoteAet() or "")


# The module lacks functions that the running Orthanc does not have.
if hasattr(orthanc, "RegisterFindCallback2"):  # Orthanc 1.12.10
    orthanc.RegisterFindCallback2(on_find_2)
else:
    orthanc.RegisterFindCallback(on_find)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serve modality worklists from a folder of DICOM files (*.wl).

Set the folder in orthanc.json; the default is the folder "worklists" beside the database:

    "WorklistFolder": "/var/lib/orthanc/worklists"

Run:  orthanc-python run examples/worklist_scp.py --config examples/orthanc.json
Try:  findscu -W -aet PEER -aec ORTHANC 127.0.0.1 4242 -k PatientName \
        -k 'ScheduledProcedureStepSequence[0].Modality=MR'
"""

from __future__ import annotations

import json
from pathlib import Path

import orthanc


def worklist_folder() -> Path:
    configuration = json.loads(orthanc.GetConfiguration())
    default = Path(configuration.get("StorageDirectory", "OrthancStorage")) / "worklists"
    return Path(configuration.get("WorklistFolder", default))


FOLDER = worklist_folder()


def on_worklist(
    answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, remote_aet: str, called_aet: str
) -> None:
    count = 0
    for path in sorted(FOLDER.glob("*.wl")):
        worklist = path.read_bytes()
        if query.WorklistIsMatch(worklist):
            # Orthanc sends only the tags that the query requests.
            answers.WorklistAddAnswer(query, worklist)
            count += 1
    orthanc.LogWarning(f"Worklist query from {remote_aet}: {count} answers")


orthanc.RegisterWorklistCallback(on_worklist)

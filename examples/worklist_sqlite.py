# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serve a modality worklist out of an SQLite database, and close the orders of received studies.

Set the file in orthanc.json; the default is "worklist.sqlite" beside Orthanc's database. The script
creates the table if it is missing. Its columns are DICOM keywords.

    "WorklistDatabase": "/var/lib/orthanc/worklist.sqlite"

Run:  orthanc-python run examples/worklist_sqlite.py --config examples/orthanc.json --storage data
Try:  sqlite3 data/worklist.sqlite "INSERT INTO worklist VALUES ('A-1', 'P-1', 'Curie^Marie',
          '18671107', 'F', '2.25.1', 'Knee', 'MR', 'SCANNER', '20300102', '101500', 0)"
      findscu -W -aet PEER -aec ORTHANC 127.0.0.1 4242 -k PatientName \
          -k 'ScheduledProcedureStepSequence[0].Modality=MR'
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orthanc

STEP = (  # the columns of the scheduled procedure step
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
)
TABLE = """
CREATE TABLE IF NOT EXISTS worklist (
    AccessionNumber TEXT PRIMARY KEY, PatientID TEXT NOT NULL, PatientName TEXT NOT NULL,
    PatientBirthDate TEXT, PatientSex TEXT, StudyInstanceUID TEXT NOT NULL,
    RequestedProcedureDescription TEXT, Modality TEXT NOT NULL, ScheduledStationAETitle TEXT,
    ScheduledProcedureStepStartDate TEXT NOT NULL, ScheduledProcedureStepStartTime TEXT,
    received INTEGER NOT NULL DEFAULT 0)
"""


def database_path() -> Path:
    configuration = json.loads(orthanc.GetConfiguration())
    default = Path(configuration.get("StorageDirectory", "OrthancStorage")) / "worklist.sqlite"
    return Path(configuration.get("WorklistDatabase", default))


PATH = database_path()


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """A connection of its own for each call, because callbacks run on several threads."""
    with closing(sqlite3.connect(PATH)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield connection


def dicom_of(row: sqlite3.Row) -> bytes:
    tags = {name: value or "" for name, value in dict(row).items() if name != "received"}
    step = {name: tags.pop(name) for name in STEP}
    tags.update(SpecificCharacterSet="ISO_IR 192", ScheduledProcedureStepSequence=[step])
    return orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)


@orthanc.RegisterWorklistCallback
def on_worklist(
    answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, remote_aet: str, called_aet: str
) -> None:
    with database() as connection:
        rows = connection.execute("SELECT * FROM worklist WHERE received = 0").fetchall()
    for dicom in map(dicom_of, rows):
        if query.WorklistIsMatch(dicom):
            # Orthanc sends only the tags that the query requests.
            answers.WorklistAddAnswer(query, dicom)


@orthanc.on(orthanc.ChangeType.STABLE_STUDY)
def on_stable(change_type: int, level: int, study: str) -> None:
    tags = json.loads(orthanc.RestApiGet(f"/studies/{study}"))["MainDicomTags"]
    with database() as connection:
        done = connection.execute(
            "UPDATE worklist SET received = 1 WHERE AccessionNumber = ? AND received = 0",
            [tags.get("AccessionNumber", "")],
        )
    if done.rowcount:
        orthanc.LogWarning(f"Study {study} closes the order {tags['AccessionNumber']}")


with database() as new:
    new.execute(TABLE)

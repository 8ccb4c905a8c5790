# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Return the list of the studies as a workbook for Excel or LibreOffice.

Run:  orthanc-python run examples/excel_report.py          (needs: pip install XlsxWriter)
Try:  curl http://127.0.0.1:8042/report.xlsx --output report.xlsx
"""

from __future__ import annotations

import io
import json
from typing import Any

import orthanc
from xlsxwriter import Workbook

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATIENT_COLUMNS = {"PatientID": "Patient ID", "PatientName": "Patient name"}
STUDY_COLUMNS = {"StudyDate": "Date", "StudyDescription": "Description"}


def make_report(studies: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    # DICOM values such as "=1+1" must stay text: a sender could inject formulas or links.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Studies")
        titles = [*PATIENT_COLUMNS.values(), *STUDY_COLUMNS.values()]
        sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
        for row, study in enumerate(studies, start=1):
            patient, tags = study["PatientMainDicomTags"], study["MainDicomTags"]
            values = [patient.get(tag, "") for tag in PATIENT_COLUMNS]
            values += [tags.get(tag, "") for tag in STUDY_COLUMNS]
            sheet.write_row(row, 0, values)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return buffer.getvalue()


def report(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    studies = json.loads(orthanc.RestApiGet("/studies?expand"))
    output.SetHttpHeader("Content-Disposition", 'attachment; filename="report.xlsx"')
    output.AnswerBuffer(make_report(studies), MIME)


orthanc.RegisterRestCallback("/report.xlsx", report)

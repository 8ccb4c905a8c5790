# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send each study elsewhere once it is stable, try again after failures, and show the state.

The destination is a section of orthanc.json, one of:

    "AutoRouting": {"Modality": "pacs"}     an entry of "DicomModalities" (C-STORE)
    "AutoRouting": {"Peer": "archive"}      an entry of "OrthancPeers" (HTTP)
    "AutoRouting": {"DicomWeb": "cloud"}    an entry of the servers of the DICOMweb plugin (STOW-RS)

"Retries" (default: 8) and "Delay" (30 seconds before the first retry, then twice as long each time)
are further options of the section. "StableAge" is the time without new instances after which a
study is stable, in seconds; "JobsHistorySize" is the number of finished jobs that the page shows.

Run:  orthanc-python run examples/auto_routing.py --config orthanc.json
Try:  storescu -aec ORTHANC 127.0.0.1 4242 image.dcm
      open http://127.0.0.1:8042/routing in a browser
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

import orthanc

SETTINGS: dict[str, Any] = json.loads(orthanc.GetConfiguration()).get("AutoRouting", {})

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>Routing</title>
<h1>Routing</h1>
<table><tr><th>Study</th><th>State</th><th>Details</th></tr>
{rows}
</table></html>
"""


@orthanc.job(retries=SETTINGS.get("Retries", 8), delay=SETTINGS.get("Delay", 30))
def routing(job: orthanc.BaseJob, study: str) -> Iterator[float]:
    """A job of Orthanc: it survives restarts, and can be paused and cancelled in /jobs."""
    job.content["Study"] = study
    yield 0
    if modality := SETTINGS.get("Modality"):
        orthanc.RestApiPost(f"/modalities/{modality}/store", study)
    elif peer := SETTINGS.get("Peer"):
        orthanc.RestApiPost(f"/peers/{peer}/store", study)
    else:
        # This route belongs to another plugin: only the "AfterPlugins" functions can see it.
        body = json.dumps({"Resources": [study]})
        orthanc.RestApiPostAfterPlugins(f"/dicom-web/servers/{SETTINGS['DicomWeb']}/stow", body)
    orthanc.LogWarning(f"Study {study} was sent to {SETTINGS}")


@orthanc.on(orthanc.ChangeType.STABLE_STUDY)
def on_stable(change_type: int, level: int, study: str) -> None:
    if SETTINGS.keys() & {"Modality", "Peer", "DicomWeb"}:
        routing(study=study).submit()
    else:
        orthanc.LogWarning(f"Study {study} stays here: the section AutoRouting has no destination")


@orthanc.route("/routing")
def status_page(request: orthanc.Request) -> orthanc.HttpResponse:
    jobs = json.loads(orthanc.RestApiGet("/jobs?expand"))
    rows = "\n".join(table_row(job) for job in jobs if job["Type"] == "routing")
    return orthanc.HttpResponse(PAGE.format(rows=rows), mime="text/html; charset=utf-8")


def table_row(job: dict[str, Any]) -> str:
    content = job["Content"]
    if retry := content.get("Retry"):
        state = f"failed {retry['FailedAttempts']} times, next attempt at {retry['NextAttempt']}"
        details = retry["Error"]
    else:
        state, details = job["State"], content.get("Error", "")
    cells = (content.get("Study", ""), state, details)
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"

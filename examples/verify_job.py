# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A job of Orthanc written in Python: verify that no stored DICOM file is damaged.

Like any job it can be paused, resumed and cancelled, and it continues after a restart of Orthanc.
Orthanc does not read files again that are in its cache ("MaximumStorageCacheSize").

Run:  orthanc-python run examples/verify_job.py
Try:  curl -X POST http://127.0.0.1:8042/verify
      curl http://127.0.0.1:8042/jobs/ID
      curl -X POST http://127.0.0.1:8042/jobs/ID/pause
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orthanc

PAGE = 20  # instances from one yield to the next


class Verify(orthanc.BaseJob):
    def run(self) -> Iterator[float]:
        self.content.setdefault("Verified", 0)
        damaged: list[str] = self.content.setdefault("Damaged", [])
        while True:
            since = self.state.get("since", 0)
            page = orthanc.rest.get("/instances", params={"since": since, "limit": PAGE}).json()
            if not page:
                return
            for instance in page:
                check = f"/instances/{instance}/attachments/dicom/verify-md5"
                if not orthanc.rest.post(check).ok:
                    damaged.append(instance)
            # After a restart of Orthanc, the job starts again with the state of the last yield.
            self.state["since"] = since + len(page)
            self.content["Verified"] += len(page)
            total = orthanc.rest.get("/statistics").json()["CountInstances"]
            yield min(1, self.state["since"] / max(1, total))


def on_rest(output: orthanc.RestOutput, uri: str, *, method: str, **request: Any) -> None:
    if method != "POST":
        output.SendMethodNotAllowed("POST")
        return
    output.AnswerBuffer(Verify().submit(priority=-10), "text/plain")


orthanc.RegisterRestCallback("/verify", on_rest)

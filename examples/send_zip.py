# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send a study as a ZIP to a web server in a job; the ZIP is never complete in memory.

/jobs shows the progress of the job and can cancel it. HTTPS with a client certificate and timeouts
are arguments of `ChunkedHttpClient`.

    "SendZip": {
      "Url": "https://research.example.org/upload/",       by default http://127.0.0.1:8000/
      "Certificate": "/etc/orthanc/client.pem",            optional, as is its key
      "CertificateKey": "/etc/orthanc/client.key"
    }

Run:  orthanc-python run examples/send_zip.py
Try:  curl http://127.0.0.1:8042/studies/ID/send-zip -X POST
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import orthanc

SETTINGS = json.loads(orthanc.GetConfiguration()).get("SendZip", {})
URL: str = SETTINGS.get("Url", "http://127.0.0.1:8000/")


class Pieces(io.RawIOBase):
    """The output of zipfile: keeps the written bytes until `take()`."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        chunk = bytes(self._written)
        self._written.clear()
        return chunk


def zipped(job: orthanc.BaseJob, instances: list[str]) -> Iterator[bytes]:
    """The chunks of the ZIP, one for each file; Orthanc requests the next when it has sent one."""
    target = Pieces()
    with ZipFile(target, "w") as archive:
        for done, instance in enumerate(instances, 1):
            archive.writestr(f"{done:06}.dcm", orthanc.GetDicomForInstance(instance))
            job.content["Sent"] = done
            yield target.take()
    yield target.take()


@orthanc.job
def send_zip(job: orthanc.BaseJob, study: str) -> int:
    found = orthanc.rest.get(f"/studies/{study}/instances").raise_for_status().json()
    status, _ = orthanc.ChunkedHttpClient(
        orthanc.HttpMethod.PUT,
        f"{URL}{study}.zip",
        request=zipped(job, [instance["ID"] for instance in found]),
        timeout=600,
        certificate_file=SETTINGS.get("Certificate"),
        certificate_key_file=SETTINGS.get("CertificateKey"),
    )
    if status >= 300:
        raise RuntimeError(f"The server has answered with the HTTP status {status}")
    return status


def on_send(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    output.AnswerBuffer(send_zip(request["groups"][0]).submit(), "text/plain")


orthanc.RegisterRestCallback("/studies/([^/]+)/send-zip", on_send)

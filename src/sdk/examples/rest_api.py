# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: Orthanc's REST API."""

from __future__ import annotations

import json

import requests

import orthanc


def rest() -> None:
    studies = orthanc.rest.get("/studies", params={"expand": ""}).json()
    orthanc.rest.post("/tools/find", json={"Level": "Study", "Query": {"PatientID": "*"}})


def RestApiGet() -> None:
    studies = json.loads(orthanc.RestApiGet("/studies"))


def RestApiGet2() -> None:
    text = orthanc.RestApiGet2("/system", {"Accept": "application/json"}, False)
    version = json.loads(text)["Version"]


def RestApiGetAfterPlugins(study: str) -> None:
    series = orthanc.RestApiGetAfterPlugins(f"/dicom-web/studies/{study}/series")


def RestApiPost() -> None:
    query = {"Level": "Study", "Query": {"PatientID": "*"}}
    found = json.loads(orthanc.RestApiPost("/tools/find", json.dumps(query)))


def RestApiPostAfterPlugins(study: str) -> None:
    resources = json.dumps({"Resources": [study]})
    orthanc.RestApiPostAfterPlugins("/dicom-web/servers/archive/stow", resources)


def RestApiPut(study: str) -> None:
    orthanc.RestApiPut(f"/studies/{study}/metadata/1024", "reviewed")


def RestApiPutAfterPlugins() -> None:
    server = json.dumps({"Url": "https://archive.example.org/dicom-web/"})
    orthanc.RestApiPutAfterPlugins("/dicom-web/servers/archive", server)


def RestApiDelete(instance: str) -> None:
    orthanc.RestApiDelete(f"/instances/{instance}")


def RestApiDeleteAfterPlugins() -> None:
    orthanc.RestApiDeleteAfterPlugins("/dicom-web/servers/archive")


def CallRestApi() -> None:
    answer = orthanc.CallRestApi(orthanc.HttpMethod.GET, "/studies/unknown")
    print(answer.status_code, answer.headers, answer.content)


def GenerateRestApiAuthorizationToken() -> None:
    token = orthanc.GenerateRestApiAuthorizationToken()
    requests.get("http://localhost:8042/studies", headers={"Authorization": token})

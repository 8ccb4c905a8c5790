# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: REST routes."""

from __future__ import annotations

import json
import shutil
from typing import Any

import orthanc


def route() -> None:
    @orthanc.route("/hello/(.+)")
    def hello(request, name):
        return {"hello": name, "query": request.query}


def Request() -> None:
    @orthanc.route("/echo", methods=["POST"])
    def echo(request: orthanc.Request) -> dict[str, Any]:
        return {"type": request.headers["Content-Type"], "value": request.json()}


def HttpResponse() -> None:
    @orthanc.route("/report")
    def report(request):
        return orthanc.HttpResponse(b"%PDF-1.7", headers={"Cache-Control": "no-store"})


def HttpError() -> None:
    @orthanc.route("/reports/(.+)")
    def report(request, name):
        raise orthanc.HttpError(404, f"There is no report {name}")


def mount() -> None:
    def portal(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Hello " + environ.get("REMOTE_USER", "nobody").encode()]

    orthanc.mount("/portal", portal)


def RegisterRestCallback() -> None:
    def on_hello(output, uri, **request):
        if request["method"] == "GET":
            output.AnswerBuffer("Hello " + request["groups"][0], "text/plain")
        else:
            output.SendMethodNotAllowed("GET")

    orthanc.RegisterRestCallback("/hello/(.+)", on_hello)


def RegisterChunkedRestCallback() -> None:
    def upload(output, uri, *, method, body=None, **request):
        if method != "PUT":
            output.SendMethodNotAllowed("PUT")
            return
        with open("/tmp/large", "wb") as file:
            shutil.copyfileobj(body, file)
        output.AnswerBuffer("stored", "text/plain")

    orthanc.RegisterChunkedRestCallback("/large", upload)


def UploadBody(body: orthanc.UploadBody) -> None:
    size = sum(len(chunk) for chunk in body)


def RestOutput_AnswerBuffer(output: orthanc.RestOutput) -> None:
    output.AnswerBuffer(json.dumps({"state": "ready"}), "application/json")


def RestOutput_CompressAndAnswerJpegImage(output: orthanc.RestOutput, image: orthanc.Image) -> None:
    width, height = image.GetImageWidth(), image.GetImageHeight()
    pixels, pitch = image.GetImageBuffer(), image.GetImagePitch()
    output.CompressAndAnswerJpegImage(
        orthanc.PixelFormat.GRAYSCALE8, width, height, pitch, pixels, 90
    )


def RestOutput_CompressAndAnswerPngImage(output: orthanc.RestOutput, image: orthanc.Image) -> None:
    width, height = image.GetImageWidth(), image.GetImageHeight()
    pixels, pitch = image.GetImageBuffer(), image.GetImagePitch()
    output.CompressAndAnswerPngImage(image.GetImagePixelFormat(), width, height, pitch, pixels)


def RestOutput_Redirect(output: orthanc.RestOutput) -> None:
    output.Redirect("/app/explorer.html")


def RestOutput_SendHttpStatus(output: orthanc.RestOutput) -> None:
    output.SendHttpStatus(201, json.dumps({"ID": "report-7"}))


def RestOutput_SendHttpStatusCode(output: orthanc.RestOutput) -> None:
    output.SendHttpStatusCode(204)


def RestOutput_SendMethodNotAllowed(output: orthanc.RestOutput, method: str) -> None:
    if method != "GET":
        output.SendMethodNotAllowed("GET")


def RestOutput_SendMultipartItem(output: orthanc.RestOutput, files: list[bytes]) -> None:
    output.StartMultipartAnswer("related", "application/dicom")
    for dicom in files:
        output.SendMultipartItem(dicom)


def RestOutput_SendMultipartItem2(output: orthanc.RestOutput, dicom: bytes) -> None:
    output.StartMultipartAnswer("related", "application/dicom")
    output.SendMultipartItem2(dicom, {"Content-Location": "/instances/1"})


def RestOutput_SendStreamChunk(output: orthanc.RestOutput, rows: list[str]) -> None:
    output.StartStreamAnswer("text/csv")
    for row in rows:
        output.SendStreamChunk(row + "\n")


def RestOutput_SendUnauthorized(output: orthanc.RestOutput, headers: dict[str, str]) -> None:
    if "authorization" not in headers:
        output.SendUnauthorized("Reports")


def RestOutput_SetCookie(output: orthanc.RestOutput, session: str) -> None:
    output.SetCookie("session", session)
    output.AnswerBuffer("signed in", "text/plain")


def RestOutput_SetHttpErrorDetails(output: orthanc.RestOutput) -> None:
    output.SetHttpErrorDetails("No such report", 0)
    raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, "report")


def RestOutput_SetHttpHeader(output: orthanc.RestOutput) -> None:
    output.SetHttpHeader("Cache-Control", "no-store")
    output.AnswerBuffer("fresh", "text/plain")


def RestOutput_StartMultipartAnswer(output: orthanc.RestOutput, files: list[bytes]) -> None:
    output.StartMultipartAnswer("related", "application/dicom")
    for dicom in files:
        output.SendMultipartItem(dicom)


def RestOutput_StartStreamAnswer(output: orthanc.RestOutput, chunks: list[bytes]) -> None:
    output.StartStreamAnswer("application/zip")
    for chunk in chunks:
        output.SendStreamChunk(chunk)


def RestOutput_Stream(output: orthanc.RestOutput) -> None:
    def rows():
        for instance in json.loads(orthanc.RestApiGet("/instances")):
            yield instance + "\n"

    output.Stream(rows(), "text/plain")

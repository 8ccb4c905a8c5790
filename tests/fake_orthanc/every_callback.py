# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script with each kind of callback, all of which call Orthanc back.

Each reset selects another version of the callbacks that a script can register only once.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import orthanc

# the script's modules do not outlive a reset, other modules do
runs: int = getattr(sys, "orthanc_runs", 0)
sys.orthanc_runs = runs + 1  # type: ignore[attr-defined]

stored: dict[str, bytes] = {}
local = threading.local()
pool = ThreadPoolExecutor(3)


def encode(text: str) -> bytes:
    return text.encode()


# ---- HTTP


def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    local.count = getattr(local, "count", 0) + 1
    output.SetHttpHeader("X-Method", request["method"])
    body = request.get("body") or b"none"
    output.AnswerBuffer(b"%s %s" % (body, uri.encode("utf-8", "replace")), "text/plain")


def on_nested(output: orthanc.RestOutput, uri: str, groups: tuple[str, ...], **_: Any) -> None:
    depth = int(groups[0])
    below = orthanc.RestApiGetAfterPlugins(f"/nested/{depth - 1}") if depth else b""
    output.AnswerBuffer(below + b".", "text/plain")


def on_stream(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    output.Stream([b"1", bytearray(b"2"), "3"], "text/plain")


def on_client(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    received: list[bytes] = []
    status, headers = orthanc.ChunkedHttpClient(
        orthanc.HttpMethod.POST, "http://x", {"a": "b"}, iter([b"1", b"2"]), received.append
    )
    output.AnswerBuffer(f"{status} {headers} {received}", "text/plain")


def refer(levels: Any, tag: tuple[int, int], vr: int) -> str:
    return f"/{levels}{tag}"


def on_web(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    document = orthanc.EncodeDicomWebJson2(b"dicom", refer)
    output.AnswerBuffer(document, "application/json")


def on_image(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 4, 3)
    with memoryview(image) as pixels:
        output.AnswerBuffer(f"{pixels.shape} {image.GetImageWidth()}", "text/plain")


def on_shared(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    """Several threads use one object at once."""
    instance = orthanc.CreateDicomInstance(b"shared")

    def use() -> None:
        for _ in range(5):
            look_at(instance)
            instance.GetInstanceJson()
            output.SetHttpHeader("X-Shared", "yes")

    for done in [pool.submit(use) for _ in range(3)]:
        done.result()
    output.AnswerBuffer("shared", "text/plain")


def on_error(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, "gone") from error


def on_references(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    """The number of references to each class and each function here: a leaked object keeps a
    reference to its class.
    """
    gc.collect()
    known = {**vars(orthanc), **globals()}
    counts = {
        name: sys.getrefcount(value)
        for name, value in known.items()
        if callable(value) and getattr(value, "__module__", None) in ("orthanc", __name__)
    }
    output.AnswerBuffer(json.dumps(counts), "application/json")


def on_gil(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    output.AnswerBuffer(json.dumps(enabled), "application/json")


added = 0


def on_register(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    """Registers a route while others run; the number of routes is limited."""
    global added
    if added < 20:
        added += 1
        orthanc.RegisterRestCallback(f"/added/{added}", on_rest)
    output.AnswerBuffer(str(added), "text/plain")


def on_filter(uri: str, **request: Any) -> bool:
    return not uri.startswith("/forbidden")


def on_authentication(uri: str, **request: Any) -> Any:
    if runs % 2:
        return orthanc.HttpAuthenticationStatus.REDIRECT, uri + "/redirected"
    return orthanc.HttpAuthenticationStatus.GRANTED, encode(uri)


def on_upload(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    body = request.get("body")
    output.AnswerBuffer(body.read() if body is not None else b"get", "text/plain")


orthanc.RegisterRestCallback("/rest/?(.*)", on_rest)
orthanc.RegisterRestCallback("/nested/([0-9]+)", on_nested)
for name, function in {
    "stream": on_stream,
    "client": on_client,
    "web": on_web,
    "image": on_image,
    "shared": on_shared,
    "error": on_error,
    "references": on_references,
    "gil": on_gil,
    "register": on_register,
}.items():
    orthanc.RegisterRestCallback(f"/{name}", function)
orthanc.RegisterIncomingHttpRequestFilter(on_filter)
orthanc.RegisterHttpAuthentication(on_authentication)
orthanc.RegisterChunkedRestCallback("/upload/(.*)", on_upload)
orthanc.RegisterAuditLogHandler(lambda *entry: None)
orthanc.RegisterRefreshMetricsCallback(lambda: gc.isenabled())


MODIFIED = datetime(2026, 1, 2, tzinfo=timezone.utc)  # the answers must be the same each time


class Files:
    def __init__(self) -> None:
        self.files: dict[tuple[str, ...], bytes] = {}

    def list_folder(self, path: tuple[str, ...]) -> Iterator[Any]:
        yield orthanc.WebDavFolder("folder", MODIFIED)
        for name in list(self.files):
            yield orthanc.WebDavFile(
                name[-1], len(self.files.get(name, b"")), "text/plain", MODIFIED
            )

    def is_folder(self, path: tuple[str, ...]) -> bool:
        return path not in self.files

    def retrieve_file(self, path: tuple[str, ...]) -> Any:
        return self.files.get(path)

    def store_file(self, path: tuple[str, ...], data: bytes) -> None:
        self.files[path] = data

    def create_folder(self, path: tuple[str, ...]) -> None:
        orthanc.CreateImage(orthanc.PixelFormat.RGB24, 1, 1)

    def delete_item(self, path: tuple[str, ...]) -> None:
        self.files.pop(path, None)


orthanc.RegisterWebDavCollection("/files", Files())


# ---- DICOM


def look_at(instance: orthanc.DicomInstance) -> bytes:
    data: bytes = instance.GetInstanceData()
    assert len(data) == instance.GetInstanceSize()
    instance.GetInstanceDicomWebJson(refer)
    return data + encode(f"{instance.GetInstanceRemoteAet()} {instance.GetInstanceOrigin()}")


def on_stored(instance: orthanc.DicomInstance, identifier: str) -> None:
    look_at(instance)
    local.kept = instance  # expires with this call
    orthanc.CreateDicomInstance(b"another").SerializeDicomInstance()


def on_received(data: bytes, origin: int) -> Any:
    return orthanc.ReceivedInstanceAction.MODIFY, bytearray(data + b"!")


def on_instance(instance: orthanc.DicomInstance) -> bool:
    return bool(look_at(instance))


def on_store(instance: orthanc.DicomInstance) -> int:
    return len(look_at(instance)) % 2 * 0xA700


def on_find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, *peer: Any) -> None:
    for index in range(query.GetFindQuerySize()):
        tag = f"{query.GetFindQueryTagName(index)}={query.GetFindQueryValue(index)}"
        answers.FindAddAnswer(encode(tag))
    if runs % 2:
        peer[0].GetConnectionRemoteAet()


def on_worklist(answers: Any, query: orthanc.WorklistQuery, *peer: Any) -> None:
    content = query.WorklistGetDicomQuery()
    if query.WorklistIsMatch(content):
        answers.WorklistAddAnswer(query, content)


def on_move(*peer: Any, **request: Any) -> Any:
    return [request["PatientID"], orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE16, 2, 2)]


def on_commitment(job: str, transaction: str, classes: Any, instances: Any, *peer: Any) -> Any:
    return {"job": job, "image": orthanc.CreateImage(orthanc.PixelFormat.RGB24, 2, 2)}


def on_lookup(sop_class: str, sop_instance: str, data: Any) -> Any:
    return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE


def on_decode(data: bytes, frame: int) -> Any:
    image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 2, 2)
    with memoryview(image) as pixels:
        pixels[0, 0] = len(data) % 256
    return image


def on_transcode(data: bytes, syntaxes: list[str], new_uid: bool) -> Any:
    return memoryview(data + encode(syntaxes[0]))


def create(uuid: str, kind: int, data: bytes) -> None:
    stored[uuid] = data


def read(uuid: str, kind: int) -> bytes:
    return stored[uuid]


def read_range(uuid: str, kind: int, start: int, size: int) -> bytes:
    return stored[uuid][start : start + size]


def remove(uuid: str, kind: int) -> None:
    stored.pop(uuid, None)


def create_3(uuid: str, kind: int, compression: int, data: bytes, instance: Any) -> Any:
    stored[uuid] = data
    return orthanc.ErrorCode.SUCCESS, encode(f"custom {instance.GetInstanceSize()}")


def read_3(uuid: str, kind: int, start: int, size: int, custom: bytes) -> Any:
    return orthanc.ErrorCode.SUCCESS, stored[uuid][start : start + size]


def remove_3(uuid: str, kind: int, custom: bytes) -> Any:
    stored.pop(uuid, None)
    return orthanc.ErrorCode.SUCCESS


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterReceivedInstanceCallback(on_received)
orthanc.RegisterIncomingDicomInstanceFilter(on_instance)
orthanc.RegisterIncomingCStoreInstanceFilter(on_store)
orthanc.RegisterDecodeImageCallback(on_decode)
orthanc.RegisterTranscoderCallback(on_transcode)
if runs % 2:
    orthanc.RegisterFindCallback2(on_find)
    orthanc.RegisterWorklistCallback2(on_worklist)
    orthanc.RegisterStorageCommitmentScpCallback2(on_commitment, on_lookup)
else:
    orthanc.RegisterFindCallback(on_find)
    orthanc.RegisterWorklistCallback(on_worklist)
    orthanc.RegisterStorageCommitmentScpCallback(on_commitment, on_lookup)
if runs % 3 == 0:
    orthanc.RegisterStorageArea(create, read, remove)
    orthanc.RegisterMoveCallback(on_move)
elif runs % 3 == 1:
    orthanc.RegisterStorageArea2(create, read, read_range, remove)
    orthanc.RegisterMoveCallback2(on_move, lambda driver: 2, lambda driver: None, len)
else:
    orthanc.RegisterStorageArea3(create_3, read_3, remove_3)
    orthanc.RegisterMoveCallback3(on_move, lambda driver: 2, lambda driver: None, len)


# ---- jobs, changes


class Count(orthanc.BaseJob):
    def run(self) -> Iterator[float]:
        for number in range(3):
            self.content["number"] = number
            yield number / 3

    def stopped(self, reason: int) -> None:
        orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 1, 1)


def on_job(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    output.AnswerBuffer(Count(first=1).submit(), "text/plain")


def on_restored(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    native = orthanc.CreateJob("unused", Count())
    del native  # it is never submitted
    output.AnswerBuffer("freed", "text/plain")


changes = 0


def on_change(kind: int, level: int, resource: str) -> None:
    global changes
    changes += 1
    if kind != orthanc.ChangeType.ORTHANC_STOPPED and changes % 10 == 0:
        orthanc.RestApiGetAfterPlugins("/nested/1")


orthanc.RegisterRestCallback("/job", on_job)
orthanc.RegisterRestCallback("/unsubmitted", on_restored)
orthanc.RegisterOnChangeCallback(on_change)


# ---- script threads, which run until Orthanc stops


def work() -> None:
    try:
        while True:
            orthanc.RestApiGetAfterPlugins("/nested/2")
            orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 2, 2).GetImageWidth()
    except orthanc.OrthancException:
        pass


if "EVERY_CALLBACK_THREADS" in os.environ:
    for _ in range(int(os.environ["EVERY_CALLBACK_THREADS"])):
        threading.Thread(target=work).start()

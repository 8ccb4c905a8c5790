# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script whose callbacks make their result or exception from the bytes that they receive."""

from __future__ import annotations

import contextlib
from typing import Any

import orthanc

ENCODING = ("utf-8", "surrogateescape")  # texts from Orthanc are bytes, which survive a round trip


class Stubborn:
    """An object whose every conversion fails."""

    def __index__(self) -> int:
        raise RuntimeError("no number")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Liar:
    def __index__(self) -> int:
        return 1 << 80


def picture(data: bytes) -> orthanc.Image:
    width, height, extra = (data + b"\0\0\0")[:3]
    return orthanc.CreateImageFromBuffer(
        orthanc.PixelFormat.GRAYSCALE8, width, height, width + extra % 4, data[3:]
    )


def made_of(data: bytes) -> Any:
    """A value of some type, made from bytes."""
    kind, rest = (data[0], data[1:]) if data else (0, b"")
    number = int.from_bytes(rest[:9], "little", signed=True)
    makers = (
        lambda: None,
        lambda: number,
        lambda: number % 8,
        lambda: float(number),
        lambda: rest.decode(*ENCODING),
        lambda: rest,
        lambda: bytearray(rest),
        lambda: memoryview(rest)[::2],
        lambda: (number % 5, rest),
        lambda: (orthanc.ReceivedInstanceAction.MODIFY, made_of(rest)),
        lambda: [made_of(rest)],
        lambda: {"a": made_of(rest)},
        lambda: picture(rest),
        lambda: (orthanc.HttpAuthenticationStatus.GRANTED, made_of(rest)),
        lambda: [orthanc.WebDavFile(made_of(rest), number, "text/plain")],
        lambda: [orthanc.WebDavFolder(made_of(rest))],
        Stubborn,
        Liar,
        lambda: made_of(rest),
    )
    if kind < 0xE0:
        return makers[kind % len(makers)]()
    if kind < 0xF0:
        raise orthanc.OrthancException(made_of(rest), rest)
    if kind < 0xF8:
        raise OSError(rest.decode(*ENCODING))
    raise (SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError)[kind % 4](rest)


def of_hex(text: str) -> Any:
    return made_of(bytes.fromhex(text))


def route(output: orthanc.RestOutput, uri: str, **request: Any) -> Any:
    for text in (uri, *request["groups"], *request["headers"], *request["headers"].values()):
        assert text.encode(*ENCODING).decode(*ENCODING) == text
    body = request.get("body") or uri.encode(*ENCODING)
    if not isinstance(body, bytes):  # an upload
        body = body.read()
    actions: tuple[Any, ...] = (
        output.AnswerBuffer,
        output.Redirect,
        output.SetCookie,
        output.SendHttpStatus,
        output.SetHttpHeader,
        output.Stream,
    )
    for action in actions:
        with contextlib.suppress(*REFUSALS):
            action(made_of(body), made_of(body[1:]))
    return made_of(body)


REFUSALS = (TypeError, ValueError, OverflowError, RuntimeError, orthanc.OrthancException)


def of_uri(uri: str, **request: Any) -> Any:
    return of_hex(uri[1:])


def of_instance(instance: orthanc.DicomInstance, *_: Any) -> Any:
    data: bytes = instance.GetInstanceData()
    with contextlib.suppress(*REFUSALS):
        instance.GetInstanceDicomWebJson(lambda levels, tag, vr: made_of(data))
    return made_of(data)


def of_query(answers: orthanc.FindAnswers, query: orthanc.FindQuery, *_: Any) -> None:
    for index in (*range(query.GetFindQuerySize()), -1, 1 << 40):
        with contextlib.suppress(*REFUSALS):
            query.GetFindQueryTagGroup(index)
            query.GetFindQueryTagName(index)
            answers.FindAddAnswer(made_of(query.GetFindQueryValue(index).encode(*ENCODING)))


def of_worklist(answers: Any, query: orthanc.WorklistQuery, *_: Any) -> None:
    data = query.WorklistGetDicomQuery()
    query.WorklistIsMatch(data)
    answers.WorklistAddAnswer(query, made_of(data))


class Folder:
    def list_folder(self, path: tuple[str, ...]) -> Any:
        return of_hex(path[-1])

    def retrieve_file(self, path: tuple[str, ...]) -> Any:
        return of_hex(path[-1])

    def store_file(self, path: tuple[str, ...], data: bytes) -> Any:
        return made_of(data)

    def create_folder(self, path: tuple[str, ...]) -> Any:
        return of_hex(path[-1])

    def delete_item(self, path: tuple[str, ...]) -> Any:
        return of_hex(path[-1])


class Work:
    """The protocol of orthanc.CreateJob: the methods that Orthanc calls."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def step(self) -> Any:
        return made_of(self._data)

    def stop(self, reason: int) -> Any:
        return made_of(self._data[1:])

    def reset(self) -> Any:
        return made_of(self._data)

    def get_progress(self) -> Any:
        return made_of(self._data[1:])

    def get_content(self) -> Any:
        return made_of(self._data[2:])

    def get_serialized(self) -> Any:
        return made_of(self._data[3:])


def restore(job_type: str, serialized: str) -> Any:
    data = bytes.fromhex(serialized)
    if data[:1] == b"!":
        return made_of(data[1:])
    return orthanc.CreateJob(job_type, Work(data))


orthanc.RegisterRestCallback("/(.*)", route)
orthanc.RegisterChunkedRestCallback("/upload/(.*)", route)
orthanc.RegisterHttpAuthentication(of_uri)
orthanc.RegisterWebDavCollection("/folder", Folder())
orthanc.RegisterAuditLogHandler(lambda *entry: made_of(entry[-1]))
orthanc.RegisterRefreshMetricsCallback(lambda: None)
orthanc.RegisterStorageArea(
    lambda uuid, content_type, data: made_of(data),
    lambda uuid, content_type: of_hex(uuid),
    lambda uuid, content_type: of_hex(uuid),
)
orthanc.RegisterOnStoredInstanceCallback(of_instance)
orthanc.RegisterReceivedInstanceCallback(lambda data, origin: made_of(data))
orthanc.RegisterIncomingDicomInstanceFilter(of_instance)
orthanc.RegisterIncomingCStoreInstanceFilter(of_instance)
orthanc.RegisterFindCallback(of_query)
orthanc.RegisterWorklistCallback(of_worklist)
orthanc.RegisterMoveCallback2(
    lambda **request: of_hex(request["PatientID"]),
    lambda driver: driver,
    lambda driver: made_of(driver) if isinstance(driver, bytes) else None,
    lambda driver: driver,
)
orthanc.RegisterStorageCommitmentScpCallback(
    lambda job, transaction, classes, instances, remote, called: of_hex(transaction),
    lambda sop_class, sop_instance, data: of_hex(sop_instance),
)
orthanc.RegisterDecodeImageCallback(lambda data, frame: made_of(data))
orthanc.RegisterTranscoderCallback(lambda data, syntaxes, new_uid: made_of(data))
orthanc.RegisterJobsUnserializer(restore)

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script that returns, or raises, what the bytes say which it is given."""

from __future__ import annotations

import contextlib
from typing import Any

import orthanc


class Stubborn:
    """Refuses to be anything."""

    def __index__(self) -> int:
        raise RuntimeError("no number")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Liar:
    def __index__(self) -> int:
        return 1 << 80


def made_of(data: bytes) -> Any:
    """A value of some type, from bytes."""
    kind, rest = (data[0], data[1:]) if data else (0, b"")
    number = int.from_bytes(rest[:9], "little", signed=True)
    makers = (
        lambda: None,
        lambda: number,
        lambda: number % 8,
        lambda: float(number),
        lambda: rest.decode("utf-8", "surrogateescape"),
        lambda: rest,
        lambda: bytearray(rest),
        lambda: memoryview(rest)[::2],
        lambda: (number % 5, rest),
        lambda: (orthanc.ReceivedInstanceAction.MODIFY, made_of(rest)),
        lambda: [made_of(rest)],
        lambda: {"a": made_of(rest)},
        Stubborn,
        Liar,
        lambda: made_of(rest),
    )
    if kind < 0xE0:
        return makers[kind % len(makers)]()
    if kind < 0xF0:
        raise orthanc.OrthancException(made_of(rest), made_of(rest[1:]))
    if kind < 0xF8:
        raise OSError(rest.decode("utf-8", "surrogateescape"))
    raise (SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError)[kind % 4](rest)


def of_hex(text: str) -> Any:
    return made_of(bytes.fromhex(text))


def route(output: orthanc.RestOutput, uri: str, **request: Any) -> Any:
    assert all(isinstance(text, str) for text in request["headers"].values())
    body = request.get("body") or uri.encode()
    actions: tuple[Any, ...] = (
        output.AnswerBuffer,
        output.Redirect,
        output.SetCookie,
        output.SendHttpStatus,
    )
    for action in actions:
        with contextlib.suppress(TypeError, ValueError, OverflowError, orthanc.OrthancException):
            action(made_of(body), made_of(body[1:]))
    return made_of(body)


orthanc.RegisterRestCallback("/fuzz/(.*)", route)
orthanc.RegisterStorageArea(
    lambda uuid, content_type, data: made_of(data),
    lambda uuid, content_type: of_hex(uuid),
    lambda uuid, content_type: of_hex(uuid),
)
orthanc.RegisterReceivedInstanceCallback(lambda data, origin: made_of(data))
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

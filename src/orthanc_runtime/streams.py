# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bodies that are larger than memory: chunks that a script sends, and uploads as a file.

Orthanc pushes the chunks of an upload; a script pulls them. So the callback of an upload runs on a
thread of its own, and Orthanc's thread waits until the script takes the chunk: data that the script
has not read yet stays at the client.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from . import loaded
from .datasets import encode_if_dataset

CHUNK_SIZE = 1 << 20
_HEADLINE = "Error in the chunked REST callback"


def chunks(source: Any) -> Iterator[Any]:
    """The chunks of `source`: a file open for reading, an iterable, bytes, a str, or None."""
    source = encode_if_dataset(source)
    if source is None:
        return iter(())
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogateescape")
    try:
        view = memoryview(source)
    except TypeError:
        if hasattr(source, "read"):
            return _read(source)
        if not isinstance(source, Iterable):
            raise TypeError(
                "a body must be a bytes-like object, a str, a file or an iterable of chunks, "
                f"not {type(source).__name__}"
            ) from None
        return iter(source)
    flat = view.cast("B") if view.c_contiguous else memoryview(view.tobytes())
    return (flat[start : start + CHUNK_SIZE] for start in range(0, len(flat), CHUNK_SIZE))


def _read(file: Any) -> Iterator[Any]:
    while chunk := file.read(CHUNK_SIZE):
        yield chunk


def sink(target: Any) -> Callable[[bytes], object]:
    """The function that takes the chunks of a response, for a callable or a writable file."""
    if callable(target):
        receive: Callable[[bytes], object] = target
        return receive
    write = getattr(target, "write", None)
    if callable(write):
        result: Callable[[bytes], object] = write
        return result
    raise TypeError(
        "answer must be a callable that takes bytes, or a file open for writing, "
        f"not {type(target).__name__}"
    )


def _end_if_forked_child(error: BaseException | None) -> None:
    hooks = loaded("multiprocessing_hooks")
    if hooks is not None:
        hooks.end_if_forked_child(_HEADLINE, error)


class Upload:
    """One request whose body arrives in chunks. Orthanc's thread calls the public methods."""

    def __init__(self, callback: Callable[..., object], uri: str, request: Mapping[str, Any]):
        self.request = ascii(f"{request['method']} {uri}")[1:-1]  # for the log
        self._changed = threading.Condition()
        self._chunk: bytes | None = None  # on its way to the script
        self._output: Any = None
        self._complete = False  # no further chunk will arrive
        self._discard = False  # the script takes no further chunk
        self._lost = False  # no client waits for a response
        self._done = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run,
            args=(callback, uri, request),
            name=f"PY-UPLOAD {uri.encode('unicode_escape').decode()}",  # it appears in logs
            daemon=False,  # shutdown waits for it; the default is True on a thread of Orthanc
        )
        self._thread.start()

    def _run(self, callback: Callable[..., object], uri: str, request: Mapping[str, Any]) -> None:
        output = Output(self)
        try:
            callback(output, uri, **request, body=UploadBody(self))
            _end_if_forked_child(None)
            if not output.answered:  # Orthanc would drop the connection
                raise RuntimeError("The callback of an upload has sent no response")
        except BaseException as error:
            _end_if_forked_child(error)
            self._error = error
        with self._changed:
            self._discard = self._done = True
            self._chunk = None
            self._changed.notify_all()

    def add(self, chunk: bytes) -> None:
        """Hand over one chunk, once the script has taken the previous one."""
        if not chunk:
            return
        with self._changed:
            self._changed.wait_for(lambda: self._chunk is None or self._discard)
            if not self._discard:
                self._chunk = chunk
                self._changed.notify_all()

    def execute(self, output: Any) -> None:
        """Complete the body, and wait for the script, which responds through `output`."""
        with self._changed:
            self._complete = True
            self._output = output
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._done)
            self._output = None
        self._raise_error()

    def close(self) -> None:
        """End the request, possibly before its body is complete."""
        with self._changed:
            if self._done:
                return
            self._lost = True
            self._changed.notify_all()
        # The next read of the callback raises. This thread reports other exceptions.
        threading.Thread(target=self._report, name="PY-UPLOAD", daemon=True).start()

    def _report(self) -> None:
        self._thread.join()
        if self._error is not None and not isinstance(self._error, ConnectionAbortedError):
            from . import log_writer

            error = self._error
            headline = f"Error in the chunked REST callback for {self.request}"
            if not log_writer.report(headline, error):
                sys.excepthook(type(error), error, error.__traceback__)

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # the traceback would keep this frame, and with it the exception

    # Called by the script's thread

    def take(self) -> bytes:
        """The next chunk; empty at the end."""
        with self._changed:
            if self._discard:
                raise ValueError(
                    "The rest of the body was discarded when the response began: "
                    "read it before the first use of output"
                )
            self._changed.wait_for(lambda: self._chunk is not None or self._complete or self._lost)
            chunk, self._chunk = self._chunk, None
            self._changed.notify_all()
            if chunk is None and self._lost:
                raise ConnectionAbortedError("The client has ended the upload")
            return chunk or b""

    def wait_for_output(self) -> Any:
        """The output of Orthanc, which is available once the whole body was received."""
        with self._changed:
            if not self._complete:
                self._discard = True
                self._chunk = None
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._output is not None or self._lost or self._done)
            if self._output is None:
                raise ConnectionAbortedError("The request has ended")
            return self._output


def begin_upload(
    callback: Callable[..., object], uri: str, request: Mapping[str, Any]
) -> Upload | None:
    """The upload that gets the chunks of a request.

    None if the callback leaves this body to Orthanc, which then calls the route for whole bodies.
    """
    begin = getattr(callback, "begin_upload", None)
    upload: Upload | None = Upload(callback, uri, request) if begin is None else begin(uri, request)
    return upload


class Output:
    """Stands for the orthanc.RestOutput of an upload, which Orthanc creates after the body."""

    def __init__(self, upload: Upload):
        self._upload = upload
        self.answered = False

    def __getattr__(self, name: str) -> Any:
        import orthanc

        if not callable(getattr(orthanc.RestOutput, name)):
            raise AttributeError(name)

        def method(*values: Any, **keywords: Any) -> Any:
            result = getattr(self._upload.wait_for_output(), name)(*values, **keywords)
            self.answered = self.answered or not name.startswith("Set")
            return result

        return method


class UploadBody(io.BufferedIOBase):
    """The body of an upload as a file that is read once; iterating gives chunks as they come."""

    __module__ = "orthanc"

    def __init__(self, upload: Upload):
        self._upload = upload
        self._rest = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, less at the end of the body, or all that is left."""
        wanted = sys.maxsize if size is None or size < 0 else size
        found: list[memoryview] = []
        while wanted > 0 and self._fill():
            part = self._rest[:wanted]
            self._rest = self._rest[len(part) :]
            found.append(part)
            wanted -= len(part)
        return b"".join(found)

    def read1(self, size: int = -1, /) -> bytes:
        """Read up to `size` available bytes; wait only if none are available."""
        if size == 0 or not self._fill():
            return b""
        part = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(part) :]
        return bytes(part)

    def __iter__(self) -> UploadBody:
        return self

    def __next__(self) -> bytes:
        chunk = self.read1()
        if not chunk:
            raise StopIteration
        return chunk

    def _fill(self) -> bool:
        """Wait for data; False at the end of the body."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if not self._rest and not self._ended:
            self._rest = memoryview(self._upload.take())
            self._ended = not self._rest
        return bool(self._rest)


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""
    return {"UploadBody": UploadBody}

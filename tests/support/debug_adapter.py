# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A client of the Debug Adapter Protocol: the part of an editor that talks to debugpy."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

_TIMEOUT = 60  # seconds

Message = dict[str, Any]


class Editor:
    """An editor that attaches to a process, with breakpoints in one file."""

    def __init__(self, port: int, file: Path, *lines: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        self._stream = self._socket.makefile("rwb")
        self._sent = 0
        self._events: list[Message] = []
        self._responses: dict[int, Message] = {}
        self.request("initialize", adapterID="debugpy", pathFormat="path")
        attaching = self._send("attach", justMyCode=False, subProcess=False)
        self.wait_for("initialized")
        breakpoints = [{"line": line} for line in lines]
        self.request("setBreakpoints", source={"path": str(file)}, breakpoints=breakpoints)
        self.request("configurationDone")
        self._response(attaching)

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                with contextlib.suppress(ConnectionError):  # after the end of the process
                    self.request("disconnect", terminateDebuggee=False)
        finally:
            with contextlib.suppress(ConnectionError):  # it sends the rest of the last request
                self._stream.close()
            self._socket.close()

    def request(self, command: str, **arguments: Any) -> Message:
        """Send a request, and return the body of the response."""
        return self._response(self._send(command, **arguments))

    def wait_for(self, event: str) -> Message:
        """The body of the next event of this kind."""
        while True:
            for message in self._events:
                if message["event"] == event:
                    self._events.remove(message)
                    body: Message = message.get("body", {})
                    return body
            self._receive()

    def where(self, thread: int) -> tuple[int, dict[str, str]]:
        """The line at which a thread has stopped, and the local variables there."""
        frame = self.request("stackTrace", threadId=thread)["stackFrames"][0]
        scopes = self.request("scopes", frameId=frame["id"])["scopes"]
        reference = next(s["variablesReference"] for s in scopes if s["name"] == "Locals")
        variables = self.request("variables", variablesReference=reference)["variables"]
        return frame["line"], {each["name"]: each["value"] for each in variables}

    def _send(self, command: str, **arguments: Any) -> int:
        self._sent += 1
        message = {"seq": self._sent, "type": "request", "command": command}
        content = json.dumps({**message, "arguments": arguments}).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._stream.flush()
        return self._sent

    def _response(self, number: int) -> Message:
        while number not in self._responses:
            self._receive()
        response = self._responses.pop(number)
        assert response["success"], response
        body: Message = response.get("body", {})
        return body

    def _receive(self) -> None:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        if not length:
            raise ConnectionError("The debug adapter closed the connection")
        message = json.loads(self._stream.read(length))
        if message["type"] == "event":
            self._events.append(message)
        elif message["type"] == "response":
            self._responses[message["request_seq"]] = message

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stand-in for Orthanc.exe: answers as far as the package `orthanc-python` asks, runs a script.

No Orthanc for Windows can be installed by a test: its only source is the download page. It runs in
CPython for Windows, in the process of Orthanc.exe (orthanc_main.c).
"""

from __future__ import annotations

import io
import json
import re
import runpy
import signal
import sys
import threading
import types
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_routes: dict[str, Callable[..., None]] = {}
_instances: list[bytes] = []
_stop = threading.Event()


class _Output:
    """The argument `output` of a REST callback."""

    def __init__(self) -> None:
        self.body = b""

    def AnswerBuffer(self, body: str | bytes, mime_type: str) -> None:  # noqa: N802
        self.body = body.encode() if isinstance(body, str) else body


def log(level: str, text: str) -> None:
    """Print a line as Orthanc does."""
    line = f"{level}0101 00:00:00.000000             MAIN main.cpp:1] {text}\n"
    sys.stdout.buffer.write(line.encode())
    sys.stdout.buffer.flush()


def main() -> int:
    if "--version" in sys.argv:
        print("Orthanc 1.12.9")
        return 0
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name in ("SIGINT", "SIGBREAK"):
        signal.signal(getattr(signal, name), lambda *_: _stop.set())
    _run_scripts(config)
    server = ThreadingHTTPServer(("127.0.0.1", config["HttpPort"]), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log("W", "Orthanc has started")
    while not _stop.wait(0.1):  # a wait without a timeout would not let the signal's handler run
        pass
    log("W", "Orthanc is stopping")
    server.shutdown()
    return 0


def _run_scripts(config: dict[str, Any]) -> None:
    module: Any = types.ModuleType("orthanc")
    module.RegisterRestCallback = _routes.__setitem__
    module.LogWarning = lambda text: log("W", text)
    module.GetOrthancPluginVersion = lambda: "stand-in"
    sys.modules["orthanc"] = module
    if "PythonScript" in config:
        sys.path.insert(0, str(Path(config["PythonScript"]).parent))
        runpy.run_path(config["PythonScript"])
        log("W", f"REST routes in Python: {' '.join(_routes)}")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        for pattern, callback in _routes.items():
            if re.fullmatch(pattern, path):
                output = _Output()
                callback(output, path, method="GET", headers={}, get={}, groups=())
                self._answer(output.body)
                return
        self._answer_json(self._resource(path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/tools/shutdown":
            _stop.set()
            self._answer_json({})
            return
        assert self.path == "/instances" and io.BytesIO(body).read(132)[-4:] == b"DICM"
        _instances.append(body)
        self._answer_json({"ID": f"instance-{len(_instances)}", "Status": "Success"})

    def do_DELETE(self) -> None:
        if self.path.startswith("/patients"):
            _instances.clear()
        self._answer_json({})

    def _resource(self, path: str) -> Any:
        numbers = range(1, len(_instances) + 1)
        changes = [{"ChangeType": "NewInstance", "ID": f"instance-{n}"} for n in numbers]
        return {
            "/system": {"Name": "stand-in"},
            "/plugins/python": {"Version": "stand-in"},
            "/jobs": [],
            "/patients": ["patient"] if _instances else [],
            "/instances": [change["ID"] for change in changes],
            "/changes": {"Changes": changes, "Last": len(changes), "Done": True},
        }[path]

    def _answer_json(self, value: object) -> None:
        self._answer(json.dumps(value).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


if __name__ == "__main__":
    sys.exit(main())

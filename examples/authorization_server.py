# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small web service for authorization_service.py. It needs only Python, not Orthanc.

It reads {"uri": …, "method": …, "headers": …} and responds {"granted": true} or {"granted": false}.
The two tokens and their roles are for demonstration; a real service would look them up.

Run:  python3 examples/authorization_server.py [--port 8000]
"""

from __future__ import annotations

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

METHODS_OF_TOKEN = {
    "Bearer reader": {"GET"},
    "Bearer writer": {"GET", "POST", "PUT", "DELETE"},
}


def is_granted(question: dict[str, Any]) -> bool:
    token = question["headers"].get("authorization", "")
    return question["method"] in METHODS_OF_TOKEN.get(token, set())


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        if self.path != "/authorize":
            self.send_error(404)
            return
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            granted = is_granted(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.send_error(400)
            return
        answer = json.dumps({"granted": granted}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers who may do what in Orthanc.")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    with ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler) as server:
        print(f"Listening on http://127.0.0.1:{server.server_port}/authorize", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped")


if __name__ == "__main__":
    main()

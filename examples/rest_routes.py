# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Add routes to the REST API of Orthanc.

The groups of the regular expression, the query arguments, the headers and the body arrive as
keyword arguments.

Run:  orthanc-python run examples/rest_routes.py
Try:  curl 'http://127.0.0.1:8042/greet/Ada?language=fr'
      curl http://127.0.0.1:8042/echo -H 'Content-Type: text/plain' -d 'some text'
"""

from __future__ import annotations

import json
from typing import Any

import orthanc

GREETINGS = {"en": "Hello", "fr": "Bonjour", "nl": "Goedendag"}


def greet(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    (name,) = request["groups"]
    language = request["get"].get("language", "en")
    greeting = GREETINGS.get(language, GREETINGS["en"])
    output.AnswerBuffer(f"{greeting}, {name}!\n", "text/plain; charset=utf-8")


def echo(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] not in ("POST", "PUT"):
        output.SendMethodNotAllowed("POST,PUT")
        return
    body: bytes = request["body"]
    answer = {
        "uri": uri,
        "method": request["method"],
        "type": request["headers"].get("content-type"),  # header names are in lower case
        "size": len(body),
        "body": body.decode("utf-8", errors="replace"),
    }
    output.AnswerBuffer(json.dumps(answer), "application/json")


orthanc.RegisterRestCallback("/greet/([^/]+)", greet)
orthanc.RegisterRestCallback("/echo", echo)

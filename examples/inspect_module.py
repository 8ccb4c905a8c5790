# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""List the contents of the module `orthanc` in the running Orthanc.

Run:  orthanc-python run examples/inspect_module.py
Try:  curl http://127.0.0.1:8042/python-api
"""

from __future__ import annotations

import inspect
import io
from typing import Any

import orthanc


def describe() -> str:
    text = io.StringIO()
    for name, item in inspect.getmembers(orthanc):
        if name.startswith("_"):
            continue
        if inspect.isclass(item):
            print(f"Class {name}: {first_line(item)}", file=text)
            for member, value in inspect.getmembers(item):
                if member.startswith("_"):
                    continue
                if isinstance(value, int):
                    print(f"  {member} = {int(value)}", file=text)
                elif inspect.ismethoddescriptor(value):
                    print(f"  {member}(): {first_line(value)}", file=text)
        elif inspect.isroutine(item):
            print(f"Function {name}(): {first_line(item)}", file=text)
    return text.getvalue()


def first_line(item: object) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    output.AnswerBuffer(describe(), "text/plain; charset=utf-8")


orthanc.RegisterRestCallback("/python-api", on_rest)

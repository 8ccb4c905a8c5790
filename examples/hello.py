# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smallest script: a line on standard output, one in the log of Orthanc, and a web page.

Run:  orthanc-python run examples/hello.py
Try:  curl http://127.0.0.1:8042/hello
"""

from __future__ import annotations

import platform
from typing import Any

import orthanc

GREETING = f"Hello from Python {platform.python_version()}"


def hello(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(f"{GREETING}\n", "text/plain")


print(GREETING)
orthanc.LogWarning("This line is in the log of Orthanc")
orthanc.RegisterRestCallback("/hello", hello)

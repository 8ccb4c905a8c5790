# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""An example of a script for the image, which compose.yaml mounts."""

from __future__ import annotations

import sys
from typing import Any

import orthanc


def hello(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Answer GET /hello."""
    output.AnswerBuffer(f"Hello from Python {sys.version.split()[0]}\n", "text/plain")


orthanc.RegisterRestCallback("/hello", hello)

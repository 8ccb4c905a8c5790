# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The function that rest_token.py runs in its worker processes: an ordinary REST API client."""

from __future__ import annotations

import json
import os
import signal
from typing import Any
from urllib.request import Request, urlopen


def initialize() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def count_instances(url: str, token: str) -> dict[str, Any]:
    # The token is the whole value of the header.
    request = Request(f"{url}/instances", headers={"Authorization": token})
    with urlopen(request, timeout=30) as answer:
        return {"instances": len(json.load(answer)), "process": os.getpid()}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ask this Orthanc and all its peers at the same time, with coroutines.

The peers are those in `OrthancPeers`. The search sends each answer as soon as it arrives.

Run:  orthanc-python run examples/peer_overview.py
Try:  curl http://127.0.0.1:8042/overview
      curl -N http://127.0.0.1:8042/overview/search/PATIENT-ID
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import orthanc

TIMEOUT = 10  # seconds


def clients() -> dict[str, Any]:
    """The clients of all servers."""
    peers = {name: orthanc.aio.peer(name) for name in orthanc.GetPeers()}
    return {"this Orthanc": orthanc.aio.rest, **peers}


async def ask(server: str, client: Any, method: str, uri: str, body: Any = None) -> dict[str, Any]:
    """The answer of one server, or its error."""
    try:
        request = client.request(method, uri, json=body)
        answer = (await asyncio.wait_for(request, TIMEOUT)).raise_for_status()
    except (orthanc.OrthancException, asyncio.TimeoutError) as error:
        return {"server": server, "error": str(error) or "timeout"}
    return {"server": server, "answer": answer.json()}


@orthanc.route("/overview")
async def overview(request: orthanc.Request) -> list[Any]:
    asked = (ask(name, client, "GET", "/statistics") for name, client in clients().items())
    return list(await asyncio.gather(*asked))


@orthanc.route("/overview/search/([^/]+)")
async def search(request: orthanc.Request, patient: str) -> AsyncIterator[str]:
    query = {"Level": "Study", "Query": {"PatientID": patient}, "Expand": True}
    asked = [ask(name, each, "POST", "/tools/find", query) for name, each in clients().items()]
    for answer in asyncio.as_completed(asked):
        yield json.dumps(await answer) + "\n"

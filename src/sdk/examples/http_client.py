# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: HTTP client and peers."""

from __future__ import annotations

import json

import orthanc


def http(results: dict[str, str]) -> None:
    answer = orthanc.http.post("https://example.org/results", json=results, timeout=10)
    answer.raise_for_status()


def peer() -> None:
    system = orthanc.peer("archive").get("/system").json()


def Response() -> None:
    answer = orthanc.rest.get("/studies/unknown")
    if not answer.ok:
        orthanc.LogWarning(f"{answer.url}: {answer.status_code}")


def HttpClient() -> None:
    answer = orthanc.HttpClient(orthanc.HttpMethod.GET, "https://example.org/", timeout=10)
    print(answer.status_code, answer.headers, answer.content)


def HttpGet() -> None:
    page = orthanc.HttpGet("https://example.org/")


def HttpPost(results: dict[str, str]) -> None:
    answer = orthanc.HttpPost("https://example.org/results", json.dumps(results))


def HttpPut(results: dict[str, str]) -> None:
    answer = orthanc.HttpPut("https://example.org/results/7", json.dumps(results))


def HttpDelete() -> None:
    orthanc.HttpDelete("https://example.org/results/7")


def ChunkedHttpClient() -> None:
    with open("study.zip", "wb") as file:
        status, headers = orthanc.ChunkedHttpClient(
            orthanc.HttpMethod.GET, "https://example.org/study.zip", answer=file
        )


def GetPeers() -> None:
    peers = orthanc.GetPeers()
    names = [peers.GetPeerName(i) for i in range(peers.GetPeersCount())]


def Peers_CallPeerApi(peers: orthanc.Peers) -> None:
    answer = peers.CallPeerApi(0, orthanc.HttpMethod.GET, "/system", timeout=10)
    version = answer.json()["Version"]


def Peers_GetPeerName(peers: orthanc.Peers) -> None:
    names = [peers.GetPeerName(i) for i in range(peers.GetPeersCount())]


def Peers_GetPeerUrl(peers: orthanc.Peers) -> None:
    urls = {peers.GetPeerName(i): peers.GetPeerUrl(i) for i in range(peers.GetPeersCount())}


def Peers_GetPeerUserProperty(peers: orthanc.Peers) -> None:
    site = peers.GetPeerUserProperty(0, "Site")


def Peers_GetPeersCount(peers: orthanc.Peers) -> None:
    if peers.GetPeersCount() == 0:
        orthanc.LogWarning("No peer is configured")

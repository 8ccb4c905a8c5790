# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Download one file over HTTP: resume it, verify it, and publish it only when complete."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from .cache import locked
from .progress import Progress

_RETRIED_STATUS = {408, 425, 429, 500, 502, 503, 504}
_BLOCK = 64 * 1024


class DownloadError(Exception):
    """The download failed; the text names the address and the reason."""


class Unreachable(DownloadError):
    """The server could not be contacted at all."""


@dataclass(frozen=True)
class RetryPolicy:
    """Limits for repeated attempts."""

    attempts: int = 5  # consecutive attempts without new data
    unreachable_attempts: int = 2  # fewer: an offline network must be reported quickly
    first_pause: float = 0.5  # doubled after each attempt
    longest_pause: float = 10  # also if the server asks for a longer one
    connect: float = 5
    stall: float = 20  # seconds without one byte
    slowest: int = 2048  # bytes per second, over a `stall`; a slower connection counts as broken


class _Interrupted(Exception):
    """The connection broke, and another one may fetch the rest. urllib3 does not resume a file."""


def _session(policy: RetryPolicy) -> requests.Session:
    """A session that repeats requests until a response begins."""

    class Retry(urllib3.Retry):
        def get_retry_after(self, response: Any) -> float | None:
            seconds = super().get_retry_after(response)
            return None if seconds is None else min(seconds, policy.longest_pause)

    retry = Retry(
        total=None,
        connect=policy.unreachable_attempts - 1,
        read=policy.attempts - 1,
        status=policy.attempts - 1,
        other=0,
        status_forcelist=_RETRIED_STATUS,
        backoff_factor=policy.first_pause,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    label: str | None = None,
    policy: RetryPolicy | None = None,
) -> str:
    """Download `url` to `target` and return its SHA-256.

    Processes that download the same file take turns. A partial file of an earlier run is resumed
    if the server confirms that the file is unchanged.
    """
    with locked(target):
        if target.is_file():
            present = file_sha256(target)
            if sha256 is None or present == sha256:
                return present
            target.unlink()
        job = _Download(url, target, policy or RetryPolicy(), Progress(label or target.name))
        digest = job.run(sha256)
        job.publish()
        return digest


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


class _Download:
    def __init__(self, url: str, target: Path, policy: RetryPolicy, progress: Progress) -> None:
        self._url = url
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._policy = policy
        self._progress = progress
        self._session = _session(policy)

    def run(self, sha256: str | None) -> str:
        """Complete the partial file, and verify its checksum."""
        for started_afresh in (False, True):
            resumed = self._have() > 0
            try:
                self._receive_all()
            finally:
                self._progress.close()
            digest = file_sha256(self._part)
            if sha256 is None or digest == sha256:
                return digest
            self._forget()
            # The first part of a resumed file may have been wrong: download the whole file again.
            if not resumed or started_afresh:
                break
        raise DownloadError(
            f"{self._url} is not the expected file: its SHA-256 is {digest}, not {sha256}. "
            "The file was changed on the server or on the way; it was not kept"
        )

    def publish(self) -> None:
        """Make the finished file visible under its name, in one step."""
        os.replace(self._part, self._target)
        self._note.unlink(missing_ok=True)

    def _receive_all(self) -> None:
        failures, furthest = 0, self._have()
        while True:
            try:
                self._receive(self._request())
                return
            except _Interrupted as error:
                if self._have() > furthest:
                    failures, furthest = 0, self._have()
                failures += 1
                if failures >= self._policy.attempts:
                    raise DownloadError(f"Cannot download {self._url}: {error}") from None
            pause = self._policy.first_pause * 2 ** (failures - 1)
            time.sleep(min(pause, self._policy.longest_pause))

    def _request(self) -> requests.Response:
        """The response with the rest of the file, or with the whole file."""
        headers = {"Accept-Encoding": "identity"}  # a length of compressed bytes says nothing
        validator = self._validator()
        if self._have() and validator:
            headers.update({"Range": f"bytes={self._have()}-", "If-Range": validator})
        timeouts = (self._policy.connect, self._policy.stall)
        try:
            response = self._session.get(self._url, headers=headers, stream=True, timeout=timeouts)
        except requests.RequestException as error:
            kind = Unreachable if _is_unreachable(error) else DownloadError
            raise kind(f"Cannot download {self._url}: {_plain(error)}") from None
        self._check(response)
        return response

    def _check(self, response: requests.Response) -> None:
        if self._url.startswith("https:") and not response.url.startswith("https:"):
            raise DownloadError(f"{self._url} leads to {response.url}, which is not encrypted")
        if response.status_code == 416:  # the partial file does not match the file on the server
            self._forget()
            raise _Interrupted("the server cannot continue the file")
        if response.status_code not in (200, 206):
            raise DownloadError(
                f"{self._url}: the server answers {response.status_code} {response.reason}"
            )

    def _receive(self, response: requests.Response) -> None:
        have = self._have()
        if response.status_code == 206:
            match = re.match(r"bytes (\d+)-\d+/(\d+)$", response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                self._forget()
                raise _Interrupted("the server continues the file at another place")
            total: int | None = int(match[2])
        else:
            have = 0
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            self._remember(response)
        with response, open(self._part, "ab" if have else "wb") as file:
            for block in self._blocks(response):
                file.write(block)
                have += len(block)
                if total is not None and have > total:
                    break
                self._progress.update(have, total)
        if total is not None and have > total:
            self._forget()
            raise _Interrupted(f"the server sent more than the {total} bytes it announced")
        if total is not None and have < total:
            raise _Interrupted(f"the connection ended after {have} of {total} bytes")

    def _blocks(self, response: requests.Response) -> Iterator[bytes]:
        started, received = time.monotonic(), 0
        try:
            while block := _read_some(response):
                yield block
                received += len(block)
                elapsed = time.monotonic() - started
                if elapsed > self._policy.stall:
                    if received < self._policy.slowest * elapsed:
                        raise _Interrupted(f"only {received} bytes came in {elapsed:.0f} s")
                    started, received = time.monotonic(), 0
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise _Interrupted(error.args[0] if error.args else error) from None

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _remember(self, response: requests.Response) -> None:
        """Save the validator of this version of the file, to resume the download later."""
        tag = response.headers.get("ETag", "")
        validator = tag if tag and not tag.startswith("W/") else ""
        validator = validator or response.headers.get("Last-Modified", "")
        note = {"url": self._url, "validator": validator}
        self._part.unlink(missing_ok=True)
        self._note.write_text(json.dumps(note), encoding="utf-8")

    def _validator(self) -> str:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["validator"]) if note["url"] == self._url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _read_some(response: requests.Response) -> bytes:
    """The data that has arrived, so that a slow line is noticed; b"" at the end."""
    if hasattr(response.raw, "read1"):
        block = response.raw.read1(_BLOCK)
    else:  # urllib3 before 2.0 waits for the full amount
        block = response.raw.read(1024)
    return bytes(block)


def _is_unreachable(error: requests.RequestException) -> bool:
    """Whether the server has not accepted the connection."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3.exceptions.NewConnectionError)


def _plain(error: Exception) -> str:
    """The innermost reason of requests' nested errors."""
    text = str(error)
    match = re.search(r"\[Errno -?\d+\] ([^'\")\]]+)", text)
    return match[1] if match else text

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stub passes mypy, accepts correct scripts and rejects wrong ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pages import ROOT, blocks_of

RIGHT = """
import asyncio
import concurrent.futures
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any
import orthanc
import pydicom

def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(b"", "text/plain")
    output.AnswerBuffer(memoryview(b""), mime_type="text/plain")
    output.SendHttpStatus(404, "missing", 3)

def on_typed(
    output: orthanc.RestOutput,
    uri: str,
    *,
    method: str,
    groups: tuple[str, ...],
    headers: dict[str, str],
    get: dict[str, str] = {},
    body: bytes = b"",
) -> None: ...

def on_change(change: int, level: int, resource: str) -> None:
    if change == orthanc.ChangeType.STABLE_STUDY:
        orthanc.LogInfo(f"{level}: {resource}")

def on_move(**request: Any) -> object: ...

orthanc.RegisterRestCallback("/a", on_rest)
orthanc.RegisterRestCallback("/b", on_typed)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterMoveCallback(on_move)
size: int = len(orthanc.RestApiGet("/system"))
image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 10, 10)
width: int = image.GetImageWidth()
names: list[str] = list(orthanc.ErrorCode)

response: orthanc.Response = orthanc.rest.get("/studies", params={"since": 1}, headers={"a": "b"})
answered: int = response.raise_for_status().status_code
orthanc.rest.post("/tools/find", json={}, after_plugins=False)
orthanc.http.put("http://localhost/", b"", auth=("a", "b"), timeout=3, cert=("a.pem", "b.pem"))
orthanc.peer("archive").delete("/x", timeout=1)
direct: orthanc.Response = orthanc.CallRestApi(orthanc.HttpMethod.GET, "/", {}, None, True)

class Count(orthanc.BaseJob):
    restorable = False

    def run(self) -> Iterator[float]:
        yield 0.5

@orthanc.job
def count(job: orthanc.BaseJob, n: int) -> Iterator[float]:
    job.content["N"] = n
    yield 0.5

@orthanc.job(job_type="other")
def other(job: orthanc.BaseJob) -> None: ...

identifiers: list[str] = [Count(n=3).submit(), count(n=3).submit(priority=2), other().submit()]

class Raw:
    def step(self) -> int: return orthanc.JobStepStatus.SUCCESS
    def stop(self, reason: int) -> None: ...
    def reset(self) -> None: ...
    def get_progress(self) -> float: return 0
    def get_content(self) -> dict[str, Any]: return {}
    def get_serialized(self) -> None: ...

submitted: str = orthanc.CreateJob("raw", Raw()).SubmitJob()

def who(uri: str, *, ip: str, **request: Any) -> tuple[int, bytes]:
    return orthanc.HttpAuthenticationStatus.GRANTED, b""

orthanc.RegisterHttpAuthentication(who)

def on_upload(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    body: orthanc.UploadBody = request["body"]
    output.Stream((piece for piece in body), "text/plain")
    output.Stream(open("large", "rb"), "text/plain")
    output.Stream(["a", b"b"], "text/plain")

def decode(dicom: bytes, frame: int) -> orthanc.Image | None: ...

def transcode(dicom: bytes, syntaxes: list[str], new: bool) -> pydicom.Dataset | None: ...

class Folder:
    def list_folder(self, path: tuple[str, ...]) -> Iterator[orthanc.WebDavFile]:
        yield orthanc.WebDavFile("a", size=2)

    def retrieve_file(self, path: tuple[str, ...]) -> bytes | None: ...

orthanc.RegisterChunkedRestCallback("/a", on_upload)
orthanc.RegisterDecodeImageCallback(decode)
orthanc.RegisterTranscoderCallback(transcode)
orthanc.RegisterWebDavCollection("/b", Folder())
orthanc.RestApiPost("/instances", pydicom.Dataset())
pixels: bytes = bytes(memoryview(image))
orthanc.CreateImageFromArray(memoryview(b""), orthanc.PixelFormat.RGB24)
transferred: tuple[int, dict[str, str]] = orthanc.ChunkedHttpClient(
    orthanc.HttpMethod.PUT, "http://x", {"a": "b"}, iter([b""]), io.BytesIO().write)
peers: list[str] = list(orthanc.GetPeers())
stored: dict[str, bytes] = dict(orthanc.CreateKeysValuesIterator("store"))

@orthanc.RegisterRestCallback("/c")
def decorated(output: orthanc.RestOutput, uri: str, /, **request: Any) -> int: return 3

@orthanc.RegisterOnChangeCallback
def changed(change_type: int, level: int, resource: str) -> str: return resource

number: int = decorated(orthanc.RestOutput(), "/c")
resource: str = changed(0, 0, "id")

@orthanc.on(orthanc.ChangeType.STABLE_STUDY, orthanc.ChangeType.DELETED)
def stable(change_type: int, level: int, resource: str) -> None: ...

@orthanc.on
def every(change_type: int, level: int, resource: str) -> None: ...

@orthanc.route("/d/(.*)", methods=["GET", "PUT"])
def status(request: orthanc.Request, study: str) -> dict[str, int]:
    if not request.json():
        raise orthanc.HttpError(404, "none")
    return {"a": len(request.headers["accept"])}

@orthanc.route("/e")
def streamed(request: orthanc.Request) -> Iterator[bytes]:
    yield request.body

@orthanc.route("/f")
def complete(request: orthanc.Request) -> orthanc.HttpResponse:
    return orthanc.HttpResponse(["a"], status=201, headers={"X-A": "b"}, mime="application/json")

@orthanc.route("/g/(.*)")
async def waited(request: orthanc.Request, study: str) -> dict[str, int]:
    raw: bytes = await orthanc.aio.RestApiGet("/system")
    answers: tuple[orthanc.Response, ...] = await asyncio.gather(
        orthanc.aio.rest.get("/a", after_plugins=False),
        orthanc.aio.peer("archive").post("/b", json={}, timeout=3),
        orthanc.aio.http.get("http://localhost", timeout=3),
    )
    return {"a": len(raw) + len(answers)}

@orthanc.route("/h")
async def chunks(request: orthanc.Request) -> AsyncIterator[bytes]:
    yield request.body

@orthanc.on(orthanc.ChangeType.STABLE_STUDY)
async def waits(change_type: int, level: int, resource: str) -> None: ...

@orthanc.RegisterRestCallback("/i")
async def responds(output: orthanc.RestOutput, uri: str, /, **request: Any) -> None: ...

@orthanc.RegisterOnStoredInstanceCallback
async def stored_instance(instance: orthanc.DicomInstance, identifier: str) -> None: ...

async def number_of(request: orthanc.Request) -> int:
    return len(await waited(request, ""))

background: concurrent.futures.Future[int] = orthanc.aio.create_task(
    number_of(orthanc.Request()), name="count")
total: int = orthanc.aio.run(number_of(orthanc.Request()))
orthanc.aio.get_loop().call_soon_threadsafe(print)

document: str = orthanc.EncodeDicomWebJson2(b"", lambda levels, tag, vr: f"http://x/{tag}")
"""

WRONG = {
    "orthanc.route('/x')(lambda request: 3)": "[type-var]",
    "orthanc.on('STABLE_STUDY')": "[call-overload]",
    "orthanc.aio.RestApiGet(12)": "[arg-type]",
    "orthanc.aio.RegisterRestCallback('/', print)": "[attr-defined]",
    "orthanc.aio.run(print)": "[arg-type]",
    "later: bytes = orthanc.aio.RestApiGet('/')": "[assignment]",
    "orthanc.RestApiGet(12)": "[arg-type]",
    "orthanc.RestApiGet()": "[call-arg]",
    "orthanc.RestApiGet('/', 2)": "[call-arg]",
    "orthanc.ErrorCode.SUCCESS = 2": "final",
    "orthanc.ErrorCode.NONSENSE": "[attr-defined]",
    "orthanc.RegisterRestCallback('/', lambda output: None)": "[call-overload]",
    "orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: 'yes')": "[type-var]",
    "text: str = orthanc.RestApiGet('/')": "[assignment]",
    "orthanc.RestApiPost('/', [1])": "[arg-type]",
    "orthanc.RegisterDecodeImageCallback(lambda dicom: None)": "[type-var]",
    "orthanc.RegisterWebDavCollection('/', object())": "[arg-type]",
    "class Mine(orthanc.Image): ...": "final class",
    "orthanc.rest.get('/', timeout=3)": "[call-arg]",
    "orthanc.CallRestApi('GET', '/')": "[arg-type]",
    "orthanc.CreateJob('raw', object())": "[arg-type]",
    "orthanc.RegisterIncomingDicomInstanceFilter(lambda instance: 1)": "[type-var]",
}


def mypy(generated: Path, script: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(generated / ".mypy")]
    environment = {**os.environ, "MYPYPATH": str(generated / "generated")}
    return subprocess.run(
        [*command, str(script)], capture_output=True, text=True, env=environment, check=False
    )


def test_stub_is_strict(generated: Path) -> None:
    done = mypy(generated, generated / "generated" / "orthanc.pyi")
    assert done.returncode == 0, done.stdout


def test_right_script_is_accepted(generated: Path, tmp_path: Path) -> None:
    script = tmp_path / "right.py"
    script.write_text(RIGHT)
    done = mypy(generated, script)
    assert done.returncode == 0, done.stdout


def test_the_script_of_the_guide_is_accepted(generated: Path, tmp_path: Path) -> None:
    (block,) = blocks_of(ROOT / "docs/how-to/types.md", "python")
    script = tmp_path / "guide.py"
    script.write_text(block.text, encoding="utf-8")
    done = mypy(generated, script)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def complaints(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    script = tmp_path_factory.mktemp("wrong") / "wrong.py"
    script.write_text("\n".join(["import orthanc", *WRONG]))
    return mypy(generated, script).stdout.splitlines()


@pytest.mark.parametrize("line", WRONG)
def test_wrong_line_is_refused(line: str, complaints: list[str]) -> None:
    number = list(WRONG).index(line) + 2
    told = [text for text in complaints if f"wrong.py:{number}:" in text]
    assert any(WRONG[line] in text for text in told), complaints

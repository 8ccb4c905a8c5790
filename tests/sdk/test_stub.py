# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stub passes mypy, accepts right scripts and refuses wrong ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = """
from typing import Any
import orthanc

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
"""

WRONG = {
    "orthanc.RestApiGet(12)": "[arg-type]",
    "orthanc.RestApiGet()": "[call-arg]",
    "orthanc.RestApiGet('/', 2)": "[call-arg]",
    "orthanc.ErrorCode.SUCCESS = 2": "final",
    "orthanc.ErrorCode.NONSENSE": "[attr-defined]",
    "orthanc.RegisterRestCallback('/', lambda output: None)": "[arg-type]",
    "orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: 'yes')": "[arg-type]",
    "text: str = orthanc.RestApiGet('/')": "[assignment]",
    "class Mine(orthanc.Image): ...": "final class",
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

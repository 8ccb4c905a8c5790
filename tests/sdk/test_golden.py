# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every emitter, on a small SDK: small/ is the input, golden/ the expected output.

After an intended change: ORTHANC_PYTHON_UPDATE_GOLDEN=1 pytest tests/sdk/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import generate
import pytest

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
OUTPUTS = generate.outputs(HERE / "small")


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_output_is_the_golden_one(name: str) -> None:
    golden = GOLDEN / f"{name}.golden"
    if os.environ.get("ORTHANC_PYTHON_UPDATE_GOLDEN"):
        generate.write(golden, OUTPUTS[name])
    assert OUTPUTS[name] == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    files = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")}
    assert files == {f"{name}.golden" for name in OUTPUTS}

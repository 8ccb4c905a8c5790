# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A few seconds of fuzzing, with AddressSanitizer and UndefinedBehaviorSanitizer.

For longer runs start fuzz_settings or fuzz_callbacks in the build folder, with the arguments of
libFuzzer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 4


def fuzz(folder: Path, target: str, tmp_path: Path, *options: str) -> str:
    corpus = tmp_path / "corpus"
    shutil.copytree(HERE / "corpus" / target, corpus, dirs_exist_ok=True)
    environment = {
        **os.environ,
        "FUZZ_SCRIPT": str(HERE / "callbacks.py"),
        "FUZZ_PYTHON": sys.executable,
        "ASAN_OPTIONS": "detect_leaks=0",  # CPython is not finalized
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    }
    done = subprocess.run(
        [folder / f"fuzz_{target}", *options, f"-artifact_prefix={tmp_path}/", corpus],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.mark.parametrize("target", ["settings", "callbacks"])
def test_no_input_crashes_for_some_seconds(fuzz_targets: Path, target: str, tmp_path: Path) -> None:
    output = fuzz(fuzz_targets, target, tmp_path, f"-max_total_time={SECONDS}")
    runs = re.search(r"Done (\d+) runs", output)
    corpus = list((HERE / "corpus" / target).iterdir())  # comes first, however long it takes
    assert runs is not None and int(runs[1]) >= len(corpus) > 0, output[-2000:]


def test_the_script_is_reached(fuzz_targets: Path, tmp_path: Path) -> None:
    """Some bytes make the script raise; otherwise the target would prove nothing."""
    output = fuzz(fuzz_targets, "callbacks", tmp_path, "-runs=0")
    assert "in made_of" in output
    assert "orthanc.OrthancException" in output

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Running a program: its output, its exit status, and that no child process remains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LONG = 60_000  # ms; a limit that is not meant to be reached


def run(host: Path, limit: int, *arguments: str) -> dict[str, Any]:
    command = [str(host), str(limit), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=90)
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["all_reaped"]
    return result


def python(host: Path, code: str, limit: int = LONG) -> dict[str, Any]:
    return run(host, limit, sys.executable, "-ISc", code)


def test_output_error_and_status(process_program: Path) -> None:
    code = "import os; os.write(1, b'said'); os.write(2, b'complained'); os._exit(3)"
    result = python(process_program, code)
    assert result["output"] == "said"
    assert result["error"] == "complained"
    assert result["status"] == 3
    assert not result["timed_out"]


def test_arguments_reach_the_program_unchanged(process_program: Path) -> None:
    code = "import os, sys; os.write(1, os.fsencode(ascii(sys.argv[1:])))"
    arguments = ["", "a b", "$HOME", "'\"`", "\n", "ü"]
    result = run(process_program, LONG, sys.executable, "-ISc", code, *arguments)
    assert result["output"] == ascii(arguments)


def test_standard_input_is_empty(process_program: Path) -> None:
    result = python(process_program, "import os; os.write(1, repr(os.read(0, 1)).encode())")
    assert result["output"] == "b''"


def test_large_output_on_both_streams_does_not_block(process_program: Path) -> None:
    code = "import os\nfor i in range(300):\n os.write(1, b'o' * 1000); os.write(2, b'e' * 1000)"
    result = python(process_program, code)
    assert len(result["output"]) == 300_000
    assert len(result["error"]) == 300_000


def test_output_without_end_is_cut_and_stopped(process_program: Path) -> None:
    result = python(process_program, "import os\nwhile True: os.write(1, b'x' * 65536)", limit=500)
    assert result["timed_out"]
    assert len(result["output"]) <= 1 << 20


def test_program_that_hangs_is_killed(process_program: Path) -> None:
    code = "import os, time; os.write(1, str(os.getpid()).encode()); time.sleep(3600)"
    result = python(process_program, code, limit=5000)
    assert result["timed_out"]
    assert result["status"] == 128 + 9
    with pytest.raises(ProcessLookupError):
        os.kill(int(result["output"]), 0)


def test_program_that_closes_its_streams_and_hangs_is_killed(process_program: Path) -> None:
    result = python(process_program, "import os, time; os.closerange(0, 3); time.sleep(3600)", 1000)
    assert result["timed_out"]


def test_children_of_a_program_that_hangs_are_killed(process_program: Path, tmp_path: Path) -> None:
    lock = tmp_path / "held-by-the-child"
    code = f"""
import fcntl, os, time
file = open({str(lock)!r}, "w")
fcntl.flock(file, fcntl.LOCK_EX)
os.fork()
time.sleep(3600)
"""
    assert python(process_program, code, limit=1500)["timed_out"]
    # The last process that holds the file releases the lock.
    subprocess.run(["flock", "--timeout", "30", str(lock), "true"], check=True)


def test_process_left_behind_does_not_delay_the_answer(process_program: Path) -> None:
    """The remaining process keeps the streams open, but the program itself has ended."""
    code = """
import os, time
child = os.fork()
if child:
    os.write(1, str(child).encode())
    os._exit(5)
time.sleep(3600)
"""
    result = python(process_program, code)
    try:
        assert result["status"] == 5
        assert not result["timed_out"]
    finally:
        os.kill(int(result["output"]), 9)


def test_death_by_signal(process_program: Path) -> None:
    assert python(process_program, "import os; os.abort()")["status"] == 128 + 6


def test_no_signal_is_blocked_or_ignored(process_program: Path) -> None:
    code = """
import os, signal
ignored = [int(s) for s in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(s) == signal.SIG_IGN]
mask = [int(s) for s in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
os.write(1, repr((mask, ignored)).encode())
"""
    assert python(process_program, code)["output"] == "([], [])"


def test_no_descriptor_of_the_pipes_is_inherited(process_program: Path) -> None:
    code = "import os; os.write(1, repr(sorted(os.listdir('/dev/fd'))).encode())"
    # the fourth is the folder that the program lists
    assert python(process_program, code)["output"] == "['0', '1', '2', '3']"


@pytest.mark.parametrize("path", ["/nowhere/python3", "/", ""])
def test_program_that_cannot_be_started_is_reported(process_program: Path, path: str) -> None:
    result = run(process_program, LONG, path)
    assert result["status"] == 127
    assert result["error"]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several artifacts at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pipeline import jobs
from pipeline.jobs import Board, Result


def test_one_failure_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> Result:
        raise RuntimeError("no compiler")

    tasks = [("a", fails), ("b", lambda: Result("b", build="ok"))]
    first, second = jobs.run(tasks, 2, Board(2))
    assert first.problems == ["RuntimeError: no compiler"]
    assert second.build == "ok" and not second.failed
    assert "a: RuntimeError: no compiler" in capsys.readouterr().err


def test_they_run_side_by_side() -> None:
    barrier = threading.Barrier(2, timeout=30)

    def meets(name: str) -> Result:
        barrier.wait()
        return Result(name)

    tasks = [(name, lambda name=name: meets(name)) for name in "ab"]
    assert not any(result.failed for result in jobs.run(tasks, 2, Board(2)))


def test_a_result_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert jobs.load(path) is None
    result = Result("a", "ok", "ok", "ok: 3.13", 1.5, 100, "digest", [])
    jobs.save(path, result)
    assert jobs.load(path) == result
    path.write_text("{", encoding="utf-8")
    assert jobs.load(path) is None


def test_the_table_has_a_row_for_each() -> None:
    lines = jobs.table([Result("any-win32", "ok", "ok", "not here", 2, 2048)]).splitlines()
    assert lines[0].split() == ["artifact", "build", "check", "smoke", "KB", "s"]
    assert lines[2].split("  ")[0] == "any-win32"
    assert lines[2].split()[-2:] == ["2", "2"]

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several artifacts at once."""

from __future__ import annotations

import _thread
import threading
from pathlib import Path

import pytest
from pipeline import build_runner
from pipeline.build_runner import Board, Result
from pipeline.subprocesses import Stopped, Subprocesses

from tests.support.processes import alive
from tests.support.servers import wait_for


def test_one_failure_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> Result:
        raise RuntimeError("no compiler")

    tasks = [("a", fails), ("b", lambda: Result("b", build="ok"))]
    first, second = build_runner.run(tasks, 2, Board(2))
    assert first.problems == ["RuntimeError: no compiler"]
    assert second.build == "ok" and not second.failed
    assert "a: RuntimeError: no compiler" in capsys.readouterr().err


def test_they_run_side_by_side() -> None:
    barrier = threading.Barrier(2, timeout=30)

    def meets(name: str) -> Result:
        barrier.wait()
        return Result(name)

    tasks = [(name, lambda name=name: meets(name)) for name in "ab"]
    assert not any(result.failed for result in build_runner.run(tasks, 2, Board(2)))


def test_a_result_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert build_runner.load(path) is None
    result = Result("a", "ok", "ok", "ok: 3.13", 1.5, 100, "digest", "tried", [])
    build_runner.save(path, result)
    assert build_runner.load(path) == result
    path.write_text("{", encoding="utf-8")
    assert build_runner.load(path) is None


def test_the_table_has_a_row_for_each() -> None:
    lines = build_runner.table([Result("any-win32", "ok", "ok", "not here", 2, 2048)]).splitlines()
    assert lines[0].split() == ["artifact", "build", "check", "smoke", "KB", "s"]
    assert lines[2].split("  ")[0] == "any-win32"
    assert lines[2].split()[-2:] == ["2", "2"]


def test_ctrl_c_ends_running_tasks_and_starts_no_more(tmp_path: Path) -> None:
    subprocesses = Subprocesses()
    children = tmp_path / "children"
    script = f"sleep 1000 & echo $! > {children}.new; mv {children}.new {children}; wait"

    def runs() -> Result:
        threading.Thread(target=interrupt).start()
        subprocesses.run(["sh", "-c", script], tmp_path / "log")
        return Result("runs")

    def interrupt() -> None:
        wait_for(children.exists, "the child")
        _thread.interrupt_main()

    def late() -> Result:
        subprocesses.run(["touch", str(tmp_path / "late")], tmp_path / "log")
        return Result("late")

    tasks = [("done", lambda: Result("done")), ("runs", runs), ("late", late)]
    with pytest.raises(build_runner.Interrupted) as caught:
        build_runner.run(tasks, 1, Board(3), subprocesses.stop)
    assert [result.name for result in caught.value.results] == ["done"]
    assert not (tmp_path / "late").exists()
    child = int(children.read_text())
    wait_for(lambda: not alive(child), "the end of the child")
    with pytest.raises(Stopped):
        subprocesses.run(["true"], tmp_path / "log")


def test_on_a_terminal_one_line_changes(capsys: pytest.CaptureFixture[str]) -> None:
    board = Board(2)
    board._terminal = True
    board.stage("any-win32", "build")
    board.tick()
    board.finish("any-win32", "done")
    text = capsys.readouterr().err
    assert text.count("0/2 done, 0:00: any-win32 (build)") == 2
    assert "\r\033[K[1/2] any-win32: done\n" in text

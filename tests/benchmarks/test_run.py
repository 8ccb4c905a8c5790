# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The benchmarks run, and their results can be read. No test asserts the measured values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.figures import Figure
from benchmarks.results import Results
from tests.support.machine_packages import program

PICTURES = {  # that the figures of a group suffice for
    "http": {"throughput", "latency", "beside-a-computing-route"},
    "memory": {"memory"},
    "start": {"start"},
}


@pytest.mark.parametrize("group", run.GROUPS)
def test_a_quick_run_writes_all_results(group: str, plugin: Path, tmp_path: Path) -> None:
    program("wrk", "wrk")
    drawn = tmp_path / "plots"
    words = [group, "--quick", "--plugin", str(plugin), "--output", str(tmp_path)]
    assert run.main([*words, "--plots", str(drawn)]) == 0
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["run"]["quick"] is True
    assert results["run"]["versions"]["Orthanc"].startswith("1.")
    for figure in results["figures"]:
        assert any(who.startswith("ours") for who in figure["samples"])
        assert all(samples for samples in figure["samples"].values()), figure
    lines = (tmp_path / "results.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + len(results["figures"])
    assert json.loads((drawn / "figures.json").read_text(encoding="utf-8")) == results
    assert {path.stem for path in drawn.glob("*.svg")} == PICTURES.get(group, set())


def test_a_failing_group_does_not_stop_the_others(
    plugin: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> Iterator[Figure]:
        raise RuntimeError("no load")

    monkeypatch.setattr(run, "GROUPS", {"a": fail, "b": lambda *_: iter([figure()])})
    assert run.main(["--plugin", str(plugin), "--output", str(tmp_path)]) == 1
    assert len(json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["figures"]) == 1
    assert "These groups failed: a" in capsys.readouterr().err


def test_an_unknown_group_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["nonsense"])
    assert "unknown groups: nonsense" in capsys.readouterr().err


def figure() -> Figure:
    return Figure(
        "storing",
        "ms",
        "native",
        samples={"native": [1.0, 2.0, 4.0], "ours": [2.0, 4.0, 12.0]},
        load_average=1.5,
    )


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert figure().ratio("ours") == 2.0  # of 2, 2 and 3
    assert figure().ratio("native") is None
    assert figure().ratio("ours") != figure().median("ours") / figure().samples["native"][0]


def test_contestants_take_turns() -> None:
    order = []

    def measure(name: str) -> float:
        order.append(name)
        return 1.0

    names = ("a", "b")
    Figure("x", "ms", "a").fill({name: partial(measure, name) for name in names}, 2)
    assert order == ["a", "b", "b", "a"]


def test_the_table_has_a_row_for_each_figure() -> None:
    table = Results(figures=[figure()]).table()
    assert "| storing | ms | native 2, ours 4 | ours ÷ native **2.00** | 1.5 |" in table

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pictures of the benchmarks show all figures of a run."""

from __future__ import annotations

import itertools
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import plots
from benchmarks.figures import Curve, Figure
from benchmarks.results import Results, short

WHO = ("native", "ours", "free-threaded", "upstream")
SVG = "{http://www.w3.org/2000/svg}"


def samples(first: float, contestants: tuple[str, ...]) -> dict[str, list[float]]:
    """Three samples for each contestant, with different medians."""
    return {who: [first + i, first + i + 7, first + i + 9] for i, who in enumerate(contestants)}


@pytest.fixture
def results() -> Results:
    count = itertools.count(100, 13)
    figures = [
        Figure(name, "", "native", samples=samples(next(count), WHO))
        for n in (1, 8, 32)
        for name in (plots.hello(n), f"{plots.hello(n)}: 99th percentile")
    ]
    figures += [
        Figure(name, "requests/s", "upstream", samples=samples(next(count), WHO[1:]))
        for name in plots.BESIDE.values()
        if name != plots.IDLE
    ]
    start = samples(next(count), ("none", *WHO[1:]))
    figures.append(Figure("start of Orthanc with a script", "ms", "none", samples=start))
    curves = [
        Curve(f"memory kept of {noun}", "MB", noun, {who: [(0, 0), (9000, i)]})
        for noun in ("requests", "exceptions")
        for i, who in enumerate(WHO[1:], start=next(count))
    ]
    merged: dict[str, Curve] = {}
    for curve in curves:
        merged.setdefault(curve.name, curve).points.update(curve.points)
    return Results({"date": "2026-01-02"}, figures, list(merged.values()))


def texts(path: Path) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.parse(path).iter(f"{SVG}text")]


def expected(results: Results, picture: str) -> dict[str, list[float]]:
    """The medians or last values that a picture must show."""
    if picture == "memory":
        return {c.name: [points[-1][1] for points in c.points.values()] for c in results.curves}
    names = {
        "throughput": [plots.hello(n) for n in (1, 8, 32)],
        "latency": [f"{plots.hello(n)}: 99th percentile" for n in (1, 8, 32)],
        "beside-a-computing-route": list(plots.BESIDE.values()),
        "start": ["start of Orthanc with a script"],
    }[picture]
    figures = [figure for figure in results.figures if figure.name in names]
    assert len(figures) == len(names)
    without_native = picture == "beside-a-computing-route"
    return {
        figure.name: [
            figure.median(who) for who in figure.samples if not (without_native and who == "native")
        ]
        for figure in figures
    }


@pytest.mark.parametrize("picture", plots.PLOTS)
def test_a_picture_names_each_contestant_and_value(
    results: Results, tmp_path: Path, picture: str
) -> None:
    assert plots.draw(results, tmp_path) == []
    found = texts(tmp_path / f"{picture}.svg")
    words = " ".join(found).replace(":", "").split()
    for who in WHO[1:]:
        assert any(text.startswith(plots.NAMES.get(who, who)) for text in found)
    for name, values in expected(results, picture).items():
        for value in values:
            assert (f"{round(value, 1)}" if picture == "memory" else short(value)) in words, name


def test_the_same_figures_give_the_same_pictures(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path / "a" / "figures.json")
    plots.draw(results, tmp_path / "a")
    plots.draw(Results.read(tmp_path / "a" / "figures.json"), tmp_path / "b")
    for name in plots.PLOTS:
        first, second = (tmp_path / folder / f"{name}.svg" for folder in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_a_picture_has_no_background(results: Results, tmp_path: Path) -> None:
    plots.draw(results, tmp_path)
    for path in tmp_path.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "#ffffff" not in text
        assert "#000000" not in text


def test_contestants_differ_without_colours() -> None:
    chosen = [plots.STYLES[who] for who in WHO]
    assert len({hatch for _, hatch, _ in chosen}) == len({mark for *_, mark in chosen}) == len(WHO)


def test_a_run_of_some_groups_draws_the_pictures_of_these(results: Results, tmp_path: Path) -> None:
    results.curves.clear()
    results.figures = [f for f in results.figures if f.name != plots.IDLE]
    assert plots.draw(results, tmp_path) == ["throughput", "beside-a-computing-route", "memory"]
    assert {path.stem for path in tmp_path.iterdir()} == {"latency", "start"}


def test_the_samples_survive_the_file(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    results.write(path)
    again = Results.read(path)
    assert (again.run, again.figures) == (results.run, results.figures)
    for curve, copy in zip(results.curves, again.curves):
        assert {w: [tuple(p) for p in v] for w, v in copy.points.items()} == curve.points

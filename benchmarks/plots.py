# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Draw the figures of a run as SVG pictures, which read well on light and dark pages.

The hatches and markers tell the contestants apart without colours.
`python -m benchmarks.plots FOLDER` draws the pictures of FOLDER/figures.json again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from .figures import quartiles
from .results import Results, short

GREY = "#7d8590"  # of text and axes: readable on white and on black
STYLES = {  # of a contestant: colour, hatch of its bars, marker of its points
    "none": ("#8c959f", "", "s"),
    "native": ("#8c959f", "", "s"),
    "ours": ("#2f81f7", "//", "o"),
    "free-threaded": ("#3fb950", "xx", "^"),
    "upstream": ("#db6d28", "\\\\", "D"),
}
NAMES = {"none": "no Python", "native": "native (C++)", "free-threaded": "ours, free-threaded"}
SETTINGS: Any = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "sans-serif",
    "font.size": 10,
    "hatch.linewidth": 0.6,
    "savefig.transparent": True,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "orthanc-python",  # the same figures give the same file
    "text.color": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
}
SIZE = (7.2, 3.2)  # inches
IDLE = "hello, 8 connections"
BESIDE = {
    "alone": IDLE,
    "beside one route\nthat computes": f"{IDLE}, beside one route that computes",
    "beside one\ntime.sleep()": f"{IDLE}, beside one time.sleep()",
    "beside one long\ncall of the SDK": f"{IDLE}, beside one long call of the SDK",
}


class MissingFigure(Exception):
    """The run has not measured a figure of a picture."""


def hello(connections: int) -> str:
    """The name of a figure."""
    return f"hello, {connections} {'connection' if connections == 1 else 'connections'}"


def throughput(results: Results) -> Picture:
    groups = {hello(n): f"{n}" for n in (1, 8, 32)}
    picture = bars(_chosen(results, groups), "requests/s, more is better")
    picture.axes[0].set_xlabel("connections to the hello route")
    return picture


def latency(results: Results) -> Picture:
    groups = {f"{hello(n)}: 99th percentile": f"{n}" for n in (1, 8, 32)}
    picture = bars(_chosen(results, groups), "99th percentile, ms, less is better")
    picture.axes[0].set_xlabel("connections to the hello route")
    picture.axes[0].set_yscale("log")
    picture.axes[0].yaxis.set_major_formatter("{x:g}")
    return picture


def beside(results: Results) -> Picture:
    groups = _chosen(results, {name: label for label, name in BESIDE.items()})
    python = {
        label: {who: values for who, values in samples.items() if who != "native"}
        for label, samples in groups.items()
    }
    return bars(python, "hello route, 8 connections,\nrequests/s, more is better")


def start(results: Results) -> Picture:
    groups = _chosen(results, {"start of Orthanc with a script": "start of Orthanc with a script"})
    return bars(groups, "ms, less is better")


def memory(results: Results) -> Picture:
    curves = [curve for curve in results.curves if curve.name.startswith("memory")]
    if not curves:
        raise MissingFigure("memory")
    picture = Picture(figsize=SIZE, layout="constrained")
    subplots: Sequence[Axes] = picture.subplots(1, len(curves), squeeze=False, sharey=True)[0]
    for axes, curve in zip(subplots, curves):
        for who, points in curve.points.items():
            colour, _, marker = STYLES[who]
            x, y = [point[0] / 1000 for point in points], [point[1] for point in points]
            label = f"{NAMES.get(who, who)}: {round(y[-1], 1) + 0} {curve.unit}"
            axes.plot(x, y, color=colour, marker=marker, markersize=4, label=label)
        axes.set_title(curve.name, fontsize=10)
        axes.margins(y=0.2)  # for the legend
        axes.set_xlabel(f"thousand {curve.over}")
        axes.legend(frameon=False, loc="upper left")
    subplots[0].set_ylabel(f"{curves[0].unit} more than before,\nless is better")
    return picture


PLOTS: Mapping[str, Callable[[Results], Picture]] = {
    "throughput": throughput,
    "latency": latency,
    "beside-a-computing-route": beside,
    "memory": memory,
    "start": start,
}


def draw(results: Results, folder: Path) -> list[str]:
    """Write each picture whose figures the results have; return the names of the others."""
    missing = []
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(SETTINGS):
        for name, plot in PLOTS.items():
            try:
                picture = plot(results)
            except MissingFigure:
                missing.append(name)
                continue
            path = folder / f"{name}.svg"
            title = name.replace("-", " ")
            picture.savefig(path, metadata={"Date": None, "Creator": None, "Title": title})
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("<svg ", '<svg role="img" ', 1), encoding="utf-8")
    return missing


def bars(groups: Mapping[str, Mapping[str, Sequence[float]]], unit: str) -> Picture:
    """A group of bars for each label: the medians of the contestants, with their quartiles."""
    names = list(dict.fromkeys(who for samples in groups.values() for who in samples))
    width = 0.8 / len(names)
    picture = Picture(figsize=SIZE, layout="constrained")
    axes = picture.subplots()
    for i, who in enumerate(names):
        present = [
            (x, groups[label][who]) for x, label in enumerate(groups) if who in groups[label]
        ]
        places = [x + (i - (len(names) - 1) / 2) * width for x, _ in present]
        _bars(axes, who, places, [quartiles(samples) for _, samples in present], width)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_ylabel(unit)
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.margins(y=0.15)
    axes.legend(frameon=False, ncols=len(names), loc="lower center", bbox_to_anchor=(0.5, 1))
    return picture


def _bars(
    axes: Axes, who: str, places: Sequence[float], values: Sequence[tuple[float, ...]], width: float
) -> None:
    colour, hatch, _ = STYLES[who]
    medians = [median for _, median, _ in values]
    drawn = axes.bar(
        places, medians, width * 0.92, color="none" if hatch else colour, edgecolor=colour,
        hatch=hatch, label=NAMES.get(who, who),
        yerr=[[m - low for low, m, _ in values], [high - m for _, m, high in values]],
        ecolor=GREY,
    )  # fmt: skip
    axes.bar_label(drawn, [short(median) for median in medians], padding=2, fontsize=7)


def _chosen(results: Results, labels: Mapping[str, str]) -> dict[str, dict[str, list[float]]]:
    """The samples of some figures by label. Raises MissingFigure."""
    found = {figure.name: figure.samples for figure in results.figures}
    for name in labels:
        if name not in found:
            raise MissingFigure(name)
    return {label: found[name] for name, label in labels.items()}


if __name__ == "__main__":
    draw(Results.read(Path(sys.argv[1]) / "figures.json"), Path(sys.argv[1]))

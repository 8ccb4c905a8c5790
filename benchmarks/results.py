# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The results of a run: all samples as JSON, and a table of the medians and ratios."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .figures import Curve, Figure


@dataclass
class Results:
    """`run` describes the machine, the date and the versions."""

    run: Mapping[str, object] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)

    def add(self, measured: Figure | Curve) -> None:
        if isinstance(measured, Figure):
            self.figures.append(measured)
        else:
            self.curves.append(measured)

    def write(self, path: Path) -> None:
        """Write all samples as JSON."""
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            content["run"],
            [Figure(**figure) for figure in content["figures"]],
            [Curve(**curve) for curve in content["curves"]],
        )

    def table(self) -> str:
        """Markdown: medians, and the ratios to the reference."""
        head = "| figure | unit | medians | ratios | load |\n|---|---|---|---|---|\n"
        return head + "".join(row(figure) + "\n" for figure in self.figures)


def row(figure: Figure) -> str:
    medians = ", ".join(f"{who} {short(figure.median(who))}" for who in figure.samples)
    ratios = [(who, figure.ratio(who)) for who in figure.samples]
    words = ", ".join(
        f"{who} ÷ {figure.reference} **{ratio:.2f}**" for who, ratio in ratios if ratio
    )
    load = f"{figure.load_average:.1f}"
    return f"| {figure.name} | {figure.unit} | {medians} | {words} | {load} |"


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

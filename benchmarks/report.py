# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The results as JSON, as a table, and as a chart of the ratios."""

from __future__ import annotations

import dataclasses
import html
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from .figures import Figure

_COLOURS = {"ours": "#1f77b4", "upstream": "#b0b0b0"}
_LEFT, _WIDTH, _ROW = 330, 420, 15  # of the picture, in pixels


def table(figures: Sequence[Figure]) -> str:
    """Markdown: medians, and the ratios to the reference."""
    lines = ["| figure | unit | medians | ratios | load |", "|---|---|---|---|---|"]
    for figure in figures:
        medians = ", ".join(f"{who} {_short(figure.median(who))}" for who in figure.samples)
        ratios = [(who, figure.ratio(who)) for who in figure.samples]
        words = ", ".join(
            f"{who} ÷ {figure.reference} **{ratio:.2f}**" for who, ratio in ratios if ratio
        )
        load = f"{figure.load_average:.1f}"
        lines.append(f"| {figure.name} | {figure.unit} | {medians} | {words} | {load} |")
    return "\n".join(lines) + "\n"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def picture(figures: Sequence[Figure]) -> str:
    """SVG: the factor by which each contestant is better (right) or worse than the reference."""
    shapes: list[str] = []
    y = 30
    for figure in figures:
        bars = [
            (who, ratio if figure.higher_is_better else 1 / ratio)
            for who in figure.samples
            if (ratio := figure.ratio(who)) is not None and ratio > 0
        ]
        if not bars:
            continue
        label = html.escape(f"{figure.name} (1 = {figure.reference})")
        shapes.append(f'<text x="{_LEFT - 8}" y="{y + 11}" text-anchor="end">{label}</text>')
        for who, gain in bars:
            shapes.append(_bar(who, gain, y))
            y += _ROW
        y += 8
    middle = _x(1)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 150}" height="{y + 20}" '
        'font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="{middle}" y="18" text-anchor="middle">worse — better</text>\n'
        f'<line x1="{middle}" x2="{middle}" y1="24" y2="{y}" stroke="black"/>\n'
    )
    return head + "\n".join(shapes) + "\n</svg>\n"


def _x(gain: float) -> float:
    """A logarithmic axis from 1/10 to 10."""
    return _LEFT + _WIDTH * (0.5 + 0.5 * max(-1.0, min(1.0, math.log10(gain))))


def _bar(who: str, gain: float, y: int) -> str:
    start, end = sorted((_x(1), _x(gain)))
    colour = _COLOURS.get(who.partition(",")[0], "#808080")
    return (
        f'<rect x="{start:.1f}" y="{y}" width="{max(1, end - start):.1f}" height="{_ROW - 3}" '
        f'fill="{colour}"/><text x="{end + 4:.1f}" y="{y + 10}">{html.escape(who)} '
        f"{gain:.2f}</text>"
    )


def write(folder: Path, run: Mapping[str, object], figures: Sequence[Figure]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {**run, "figures": [dataclasses.asdict(figure) for figure in figures]}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    (folder / "results.md").write_text(table(figures), encoding="utf-8")
    (folder / "results.svg").write_text(picture(figures), encoding="utf-8")

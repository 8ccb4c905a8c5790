# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures and curves: one quantity for each contestant, that is, each compared plugin."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Measure = Callable[[], float]


@dataclass
class Figure:
    """Ratios compare with `reference`, the name of a contestant or situation."""

    name: str
    unit: str
    reference: str
    higher_is_better: bool = False
    samples: dict[str, list[float]] = field(default_factory=dict)
    load_average: float = 0

    def median(self, who: str) -> float:
        return statistics.median(self.samples[who])

    def ratio(self, who: str) -> float | None:
        """The median of the rounds' ratios: other load disturbs all contestants of a round."""
        reference = self.samples.get(self.reference)
        if reference is None or who == self.reference:
            return None
        pairs = zip(self.samples[who], reference)
        ratios = [mine / theirs for mine, theirs in pairs if theirs != 0]
        return statistics.median(ratios) if ratios else None

    def fill(self, measures: Mapping[str, Measure], rounds: int) -> Figure:
        """Measure the contestants in turn; each round starts with another contestant."""
        names = list(measures)
        for name in names:
            self.samples[name] = []
        for number in range(rounds):
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                self.samples[name].append(measures[name]())
        self.load_average = os.getloadavg()[0]
        return self


@dataclass
class Curve:
    """One quantity over another, such as memory over requests: points (x, y) in order."""

    name: str
    unit: str
    over: str  # the unit of x
    points: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def quartiles(samples: Sequence[float]) -> tuple[float, float, float]:
    """The lower quartile, the median, and the upper quartile."""
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, median, high

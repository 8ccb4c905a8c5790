# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures, in groups that share Orthanc processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..environment import Environment
from ..figures import Curve, Figure


@dataclass(frozen=True)
class Scale:
    """The duration of the measurements."""

    rounds: int
    seconds: float  # of HTTP load, in each round
    calls: int  # of a cheap function, in each round
    instances: int  # to be stored, in each round
    megabytes: int  # of a large body
    requests: int  # over which the memory is measured


FULL = Scale(rounds=9, seconds=2, calls=200_000, instances=100, megabytes=100, requests=200_000)
QUICK = Scale(rounds=1, seconds=1, calls=2_000, instances=5, megabytes=4, requests=2_000)

Group = Callable[[Environment, Scale], Iterator["Figure | Curve"]]

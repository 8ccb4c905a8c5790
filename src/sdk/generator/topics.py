# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The topics of topics.json: each name of the module belongs to one of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


class TopicError(Exception):
    """A name has no topic, or several."""


@dataclass(frozen=True)
class Topic:
    name: str  # of the page, without .md
    title: str
    summary: str
    names: tuple[str, ...]  # patterns of names of the module, in the order of the page
    see: tuple[str, ...] = ()  # links to other documentation


# For names that are written in Python and that topics.json does not know yet
MORE = Topic("more", "More functions", "Functions and classes that no other page describes.", ())


def load(path: Path) -> tuple[Topic, ...]:
    """No topics if the file is absent."""
    if not path.exists():
        return ()
    data = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Topic(name, one["title"], one["summary"], tuple(one["names"]), tuple(one.get("see", ())))
        for name, one in data.items()
    )


def assign(
    topics: Iterable[Topic], of_the_sdk: Iterable[str], in_python: Iterable[str]
) -> Mapping[Topic, list[str]]:
    """The names of each topic. A function of the SDK without a topic is an error."""
    topics = list(topics)
    if not topics:
        return {}
    found: dict[Topic, list[str]] = {topic: [] for topic in [*topics, MORE]}
    python_names = list(in_python)
    for name in [*python_names, *of_the_sdk]:
        fitting = [topic for topic in topics if _position(topic, name) < len(topic.names)]
        if len(fitting) > 1 or not (fitting or name in python_names):
            pages = ", ".join(topic.name for topic in fitting) or "no topic"
            raise TopicError(f"{name} belongs to {pages}: correct the names in topics.json")
        found[fitting[0] if fitting else MORE].append(name)
    for topic, names in found.items():
        names.sort(key=lambda name: (_position(topic, name), name))
    return {topic: names for topic, names in found.items() if names}


def _position(topic: Topic, name: str) -> int:
    """The place of a name in its page; the number of patterns if it belongs to another page."""
    for position, pattern in enumerate(topic.names):
        if fnmatchcase(name, pattern):
            return position
    return len(topic.names)

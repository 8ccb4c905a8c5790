# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The findings of the doctor, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..configuration_files import Problem

HELP = "https://orthanc-python.github.io/orthanc-python/stable/how-to/troubleshooting.html"


@dataclass
class Check:
    """The result of one check."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    warning: bool = False  # Orthanc starts anyway


@dataclass
class Report:
    """All findings, and the facts about the Python in Orthanc."""

    checks: list[Check] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    passed_over: list[dict[str, str]] = field(default_factory=list)
    log: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)

    def check(self, name: str, ok: bool, found: object, remedy: str = "") -> bool:
        """Add a result; the remedy is dropped if the check passed."""
        self.checks.append(Check(name, ok, str(found), "" if ok else remedy))
        return ok

    def problems(self, name: str, problems: Iterable[Problem]) -> None:
        """Add problems, each with its remedy."""
        for problem in problems:
            self.check(name, False, problem.found, problem.remedy)

    def warn(self, name: str, found: object, remedy: str = "") -> None:
        """Add a warning: Orthanc starts anyway."""
        self.checks.append(Check(name, True, str(found), remedy, warning=True))

    @property
    def healthy(self) -> bool:
        """Whether all checks passed."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> str:
        """The report for programs."""
        return json.dumps({"healthy": self.healthy, **asdict(self)}, indent=2)

    def as_text(self, *, colored: bool = False) -> str:
        """The report for people, with the colors of a terminal if it has any."""
        paint = _colors if colored else _no_colors
        lines = []
        for check in self.checks:
            name = kind(check)
            found = check.found.replace("\n", "\n      ")
            lines.append(f"{paint(name, _LABELS[name])}  {check.name}: {found}")
            if check.remedy:
                lines.append(paint("remedy", f"      -> {check.remedy}"))
        lines += ["", *(f"{name:16}  {value}" for name, value in fact_rows(self.facts))]
        if self.passed_over:
            lines += ["", paint("title", "Rejected Pythons:")]
            lines += [f"  {x['source']}: {x['path']}: {x['reason']}" for x in self.passed_over]
        if self.log:
            log = self.log.splitlines()[-40:]
            lines += ["", paint("title", "Log of Orthanc:"), *(f"  {line}" for line in log)]
        if self.configuration:
            lines += ["", paint("title", "For orthanc.json:")]
            lines.append(json.dumps(self.configuration, indent=2))
        if self.healthy:
            return "\n".join([*lines, "", paint("ok", "No problems found.")])
        problems = f"Problems found: see FAIL above. More about each of them: {HELP}"
        return "\n".join([*lines, "", paint("problem", problems)])


def kind(check: Check) -> str:
    """The result of a check in one word."""
    return "warning" if check.warning else "ok" if check.ok else "problem"


_LABELS = {"ok": "ok  ", "warning": "warn", "problem": "FAIL"}
_CODES = {"ok": "32", "warning": "33", "problem": "1;31", "remedy": "36", "title": "1"}


def _colors(name: str, text: str) -> str:
    return f"\033[{_CODES[name]}m{text}\033[0m"


def _no_colors(name: str, text: str) -> str:
    return text


def fact_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts for people: names and values."""
    if "version" not in facts:
        return [(name, str(value)) for name, value in facts.items()]
    shown = {
        "account": facts["account"],
        **({"Orthanc SDK": facts["sdk"]} if "sdk" in facts else {}),
        "libpython": facts.get("libpython", "not told"),
        "kind of Python": f"{facts['implementation']}, {facts['bits']} bits, "
        f"debug: {_yes(facts['debug'])}, free-threaded: {_yes(facts['free_threaded'])}",
        "GIL": "on" if facts["gil_enabled"] else "off",
        "prefix": facts["prefix"],
        "base prefix": facts["base_prefix"],
        "virtual env": _yes(facts["virtual_environment"]),
        "multiprocessing": f"{facts['start_method']}, {facts['multiprocessing_executable']}",
    }
    return list(shown.items())


def _yes(value: bool) -> str:
    return "yes" if value else "no"

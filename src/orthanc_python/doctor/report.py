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

    def as_text(self) -> str:
        """The report for people."""
        lines = []
        for check in self.checks:
            label = "warn" if check.warning else "ok  " if check.ok else "FAIL"
            found = check.found.replace("\n", "\n      ")
            lines.append(f"{label}  {check.name}: {found}")
            if check.remedy:
                lines.append(f"      -> {check.remedy}")
        lines += ["", *_fact_lines(self.facts)]
        if self.passed_over:
            lines += ["", "Rejected Pythons:"]
            lines += [f"  {x['source']}: {x['path']}: {x['reason']}" for x in self.passed_over]
        if self.log:
            log = self.log.splitlines()[-40:]
            lines += ["", "Log of Orthanc:", *(f"  {line}" for line in log)]
        if self.configuration:
            lines += ["", "For orthanc.json:", json.dumps(self.configuration, indent=2)]
        problems = f"Problems found: see FAIL above. More about each of them: {HELP}"
        lines += ["", "No problems found." if self.healthy else problems]
        return "\n".join(lines)


def _fact_lines(facts: Mapping[str, Any]) -> list[str]:
    if "version" not in facts:
        return [f"{name:16}  {value}" for name, value in facts.items()]
    gil = "on" if facts["gil_enabled"] else "off"
    shown = {
        "account": facts["account"],
        **({"Orthanc SDK": facts["sdk"]} if "sdk" in facts else {}),
        "libpython": facts.get("libpython", "not told"),
        "kind of Python": f"{facts['implementation']}, {facts['bits']} bits, "
        f"debug: {_yes(facts['debug'])}, free-threaded: {_yes(facts['free_threaded'])}",
        "GIL": gil,
        "prefix": facts["prefix"],
        "base prefix": facts["base_prefix"],
        "virtual env": _yes(facts["virtual_environment"]),
        "multiprocessing": f"{facts['start_method']}, {facts['multiprocessing_executable']}",
    }
    return [f"{name:16}  {value}" for name, value in shown.items()]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
